import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { inject } from "vitest";
import type { Lab } from "../lab/lab.ts";

const program = join(import.meta.dirname, "..", "..", "dist", "main.js");

/** Text of a project.toml with the lab's builder; `more` stands below `[io.buildpacks]`. */
export function projectText(lab: Lab, id: string, more = ""): string {
  return `[_]
schema-version = "0.2"
id = "${id}"

[io.buildpacks]
builder = "${lab.images.builder}"
${more}`;
}

/** What a run of our program answered. */
export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs `cnb-dockerfile` as a user would, in `directory`; a failing exit code does not throw. */
export async function cnbDockerfile(
  directory: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const { stdout, stderr, exitCode } = await execa(execPath, ["--", program, ...words], {
    cwd: directory,
    env: { CNB_DOCKERFILE_IMAGE: inject("toolImage"), ...env },
    reject: false,
    stripFinalNewline: false,
  });
  return { stdout, stderr, exitCode: exitCode ?? -1 };
}

/** The Dockerfile of the app in `directory`. Throws with the program's messages when it makes none. */
export async function generate(directory: string, words: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await cnbDockerfile(directory, ["generate", ...words]);
  if (exitCode !== 0) throw new Error(`generate ended with ${exitCode}:\n${stderr}`);
  return stdout;
}

/** Ways to an image that has to be the same: words for `generate` with which BuildKit alone builds, or our frontend. */
export const doors = {
  "BuildKit alone": () => [],
  "our frontend": () => [`--syntax=${inject("toolImage")}`],
} as const satisfies Record<string, () => readonly string[]>;

export interface BuildRequest {
  readonly directory: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
  /** Name to push the image under. Absent: nothing is pushed. */
  readonly name?: string;
  /** More words for `docker buildx build`. */
  readonly words?: readonly string[];
  /** More variables for it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A build's progress in plain form, and how it ended. */
export interface BuildResult {
  readonly log: string;
  readonly exitCode: number;
}

/** Runs `docker buildx build` on a Dockerfile that lies outside the app. A failed build does not throw. */
export async function build(lab: Lab, request: BuildRequest): Promise<BuildResult> {
  const { directory, dockerfile, platforms, name, words = [], env = {} } = request;
  const beside = mkdtempSync(join(directory, "..", "dockerfile-"));
  try {
    writeFileSync(join(beside, "Dockerfile"), dockerfile);
    const { stderr, exitCode } = await lab.buildx(
      [
        "build",
        "--progress=plain",
        "--provenance=false",
        `--platform=${platforms.join(",")}`,
        `--file=${join(beside, "Dockerfile")}`,
        ...(name === undefined ? [] : [`--tag=${name}`, "--push"]),
        ...words,
        directory,
      ],
      { reject: false, env },
    );
    return { log: stderr, exitCode: exitCode ?? -1 };
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

/** As `build`, and throws with the log when the build fails. */
export async function buildOrThrow(lab: Lab, request: BuildRequest): Promise<string> {
  const { log, exitCode } = await build(lab, request);
  if (exitCode !== 0) throw new Error(`the build failed:\n${log}`);
  return log;
}

/** Digests of an image's layers, lowest first. */
export async function layerDigests(lab: Lab, name: string, platform: string): Promise<string[]> {
  const { stdout } = await lab.crane(["manifest", `--platform=${platform}`, name]);
  const { layers } = JSON.parse(stdout) as { layers: { digest: string }[] };
  return layers.map(({ digest }) => digest);
}

/** Changes one place of a file; throws when it is not there, so that a test cannot pass on an unchanged file. */
export function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
  writeFileSync(file, text.replace(from, to));
}
