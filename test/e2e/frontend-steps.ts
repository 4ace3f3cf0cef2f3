import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { Lab } from "../lab/lab.ts";
import { projectText } from "./steps.ts";

/** Puts a project.toml that begins with our syntax line into an app's directory. */
export function writeDescriptor(lab: Lab, directory: string, id: string, more = ""): void {
  const text = projectText(lab, id, more);
  writeFileSync(join(directory, "project.toml"), `# syntax=${inject("toolImage")}\n${text}`);
}

/** Lines for a descriptor: buildpacks that leave links, odd modes and long names, for the app `static-slices`. */
export const oddGroup = ["lab/procfile", "lab/slices", "lab/odd-files"]
  .map((id) => `\n[[io.buildpacks.group]]\nid = "${id}"\n`)
  .join("");

export interface FrontendBuild {
  /** Directory, git URL or archive's URL. */
  readonly context: string;
  readonly platforms: readonly string[];
  /** Name to push the image under. */
  readonly name: string;
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Plain `docker buildx build`, as the README has it. Out: its progress. Throws with it when the build fails. */
export async function frontendBuild(
  lab: Lab,
  { context, platforms, name, words = ["--file=project.toml"], env = {} }: FrontendBuild,
): Promise<string> {
  const isDirectory = !context.includes("://");
  const { stderr, exitCode } = await lab.buildx(
    [
      ...["build", "--progress=plain", "--provenance=false", `--platform=${platforms.join(",")}`],
      ...[`--tag=${name}`, "--push", ...words],
      isDirectory ? "." : context,
    ],
    { reject: false, env, ...(isDirectory ? { cwd: context } : {}) },
  );
  if (exitCode !== 0) throw new Error(`the build failed:\n${stderr}`);
  return stderr;
}

/** Steps of a build's plain progress, by title, that ran and were not answered from the cache. */
export function ranSteps(log: string): string[] {
  const titles = new Map<string, string>();
  const cached = new Set<string>();
  for (const line of log.split("\n")) {
    const [, id = "", text = ""] = /^#(\d+) (.*)$/.exec(line) ?? [];
    if (id === "") continue;
    if (!titles.has(id)) titles.set(id, text);
    // What a cache elsewhere holds of a step is fetched under the step's own title.
    if (text === "CACHED" || text.startsWith("extracting sha256:")) cached.add(id);
  }
  return [...titles].flatMap(([id, title]) => (cached.has(id) ? [] : [title]));
}

/** Steps that run a program, of the lifecycle's or ours, or make a layer. */
export const isWork = (title: string) => /RUN |\] (layer|digest): /.test(title);

/** Digest of what a name stands for: of its index, or of one platform's manifest. */
export async function digestOf(lab: Lab, name: string, platform?: string): Promise<string> {
  const words = platform === undefined ? [] : [`--platform=${platform}`];
  return (await lab.crane(["digest", ...words, name])).stdout.trim();
}

/** What `io.buildpacks.lifecycle.metadata` says, as far as tests read it. */
export interface LifecycleLabel {
  readonly app: readonly { readonly sha: string }[];
  readonly sbom?: { readonly sha: string };
  readonly buildpacks: readonly { readonly layers: Readonly<Record<string, { readonly sha: string }>> }[];
  readonly config: { readonly sha: string };
  readonly launcher: { readonly sha: string };
  readonly "process-types": { readonly sha: string };
  readonly runImage: { readonly topLayer: string };
}

/** What an image's config says. */
export interface ImageConfig {
  readonly created: string;
  readonly config: {
    readonly Entrypoint: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly {
    readonly created: string;
    readonly created_by?: string;
    readonly empty_layer?: boolean;
  }[];
}

export async function configOf(lab: Lab, name: string, platform: string): Promise<ImageConfig> {
  return JSON.parse((await lab.crane(["config", `--platform=${platform}`, name])).stdout);
}

/** Digests that the lifecycle's label predicts, in the order in which the layers have to lie upon each other. */
export function predictedDigests({
  config,
}: {
  readonly config: Pick<ImageConfig["config"], "Labels">;
}): string[] {
  const label: LifecycleLabel = JSON.parse(config.Labels["io.buildpacks.lifecycle.metadata"] ?? "{}");
  return [
    label.runImage.topLayer,
    ...label.buildpacks.flatMap(({ layers }) => Object.values(layers).map(({ sha }) => sha)),
    ...(label.sbom === undefined ? [] : [label.sbom.sha]),
    ...label.app.map(({ sha }) => sha),
    label.launcher.sha,
    label.config.sha,
    label["process-types"].sha,
  ].filter((sha) => sha !== "");
}
