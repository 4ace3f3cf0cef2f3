import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namedStages } from "../../src/dockerfile/dockerfile.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { caseNames, goldenDirectory } from "./cases.ts";

/** The reference page of stages; made from the generated Dockerfiles of the goldens, and compared with them. */
export const stagesPageFile = join(import.meta.dirname, "../../docs/reference/stages.md");

const introduction = `# Stages

A generated Dockerfile and a project.toml with the helper image's \`# syntax=\` line have these stages. \`--target NAME\` builds up to one of them;
\`docker buildx build --call=targets\` lists those of your project. This page is made from generated Dockerfiles.
`;

/** Of stages whose comment names what one project has. */
const ofProjects: readonly (readonly [name: RegExp, shown: string, purpose: string])[] = [
  [/^buildpack-\d+$/, "buildpack-1", "a buildpack from an image, one stage for each: `buildpack-2`, …"],
  [
    /^extension-\d+$/,
    "extension-1",
    "an image extension from an image, one stage for each: `extension-2`, …",
  ],
  [
    /^extend$/,
    "extend",
    "the builder image, changed by the image extensions that detection selects. The frontend applies them.",
  ],
  [
    /^extend-(?:build|run)-\d+$/,
    "extend-build-1",
    "the Dockerfile of an image extension, as `generate --detected` wrote it, one stage for each: `extend-build-2`, `extend-run-3`, …",
  ],
  [
    /^extend-context-\d+$/,
    "extend-context-1",
    "files for `extend-build-1`, if it takes any; the same for each.",
  ],
  [/^volume-\d+$/, "volume-1", "a directory of `--volume`, one stage for each: `volume-2`, …"],
  [/^modules$/, "modules", "the project's buildpacks and image extensions, added to the builder."],
  [/^builder$/, "builder", "the builder image with the project's variables, buildpacks and order."],
];

/** Stages of a project.toml that a frontend of ours builds, and of no file. */
const ofFrontend: readonly (readonly [name: string, purpose: string])[] = [
  [
    "detection",
    "`detect` with all that it says. Runs only for the target `detected`; not in generated Dockerfiles.",
  ],
  [
    "detected",
    "what detection found, and why: `--target detected --output DIRECTORY`; not in generated Dockerfiles.",
  ],
];

/** Markdown: each stage once, in the order of the file. */
export function renderStagesPage(): string {
  const purposes = new Map<string, string>();
  for (const name of caseNames()) {
    for (const stage of stagesOf(name)) {
      const [, shown, purpose] = ofProjects.find(([pattern]) => pattern.test(stage.name)) ?? [];
      if (!purposes.has(shown ?? stage.name)) purposes.set(shown ?? stage.name, purpose ?? stage.purpose);
    }
  }
  const lines = [...purposes, ...ofFrontend].map(
    ([name, purpose]) => `| \`${name}\` | ${purpose.replaceAll("|", "\\|")} |`,
  );
  return `${introduction}\n| Stage | What it is for |\n|---|---|\n${lines.join("\n")}\n`;
}

function stagesOf(name: string) {
  try {
    return namedStages(readDockerfile(readFileSync(join(goldenDirectory, name, "Dockerfile"), "utf8")));
  } catch (error) {
    // A golden of an error has none.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
