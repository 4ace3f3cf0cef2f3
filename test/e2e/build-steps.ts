import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Lab } from "../lab/lab.ts";
import { cnbDockerfile, type ProgramResult, projectText } from "./steps.ts";

/** Puts a project.toml without a `# syntax=` line into a directory: the program brings the frontend along. */
export function describeProject(lab: Lab, directory: string, id: string, more = ""): void {
  writeFileSync(join(directory, "project.toml"), projectText(lab, id, more));
}

/** Runs `cnb-dockerfile build` in a directory with the lab's tools, and with the image that the package has. */
export function runBuild(
  lab: Lab,
  directory: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  return cnbDockerfile(directory, ["build", ...words], {
    ...lab.environment,
    CNB_DOCKERFILE_IMAGE: "",
    ...env,
  });
}

/** As `runBuild`. Out: its progress. Throws with it when the build fails. */
export async function runBuildOrThrow(
  ...[lab, directory, words, env]: Parameters<typeof runBuild>
): Promise<string> {
  const { stdout, stderr, exitCode } = await runBuild(lab, directory, words, env);
  if (exitCode !== 0) throw new Error(`build ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stderr;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Index {
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A JSON file of an archive, by its path in it. */
export async function readArchive<T>(archive: string, path: string): Promise<T> {
  return JSON.parse((await execa("tar", ["-xOf", archive, path])).stdout) as T;
}

/** Manifest digests of the images in an OCI archive by platform, without attestations, and what is said of its index. */
export async function archivedImages(archive: string): Promise<{
  readonly digests: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}> {
  const { manifests } = await readArchive<Index>(archive, "index.json");
  const [first] = manifests;
  if (first === undefined) throw new Error(`${archive} holds nothing`);
  const isIndex = /index|list/.test(first.mediaType);
  const top = await readArchive<Index>(archive, `blobs/${first.digest.replace(":", "/")}`);
  const images = isIndex ? top.manifests : [first];
  const digests = images.flatMap(({ digest, platform }) =>
    platform === undefined || platform.os === "unknown"
      ? []
      : [[`${platform.os}/${platform.architecture}`, digest] as const],
  );
  return { digests: Object.fromEntries(digests), annotations: top.annotations ?? {} };
}

/** The last line of what was told, which says where the image is. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}
