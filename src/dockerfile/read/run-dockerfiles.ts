import type { GeneratedDockerfile } from "../../contract/generated-dockerfile.ts";
import { readDockerfile } from "./read-dockerfile.ts";

/** What run.Dockerfiles of image extensions say of the run image. */
export interface RunDockerfiles {
  /** The extension that chose the run image; absent: none did. */
  readonly chosenBy?: string;
  /** Those that change it, in their order. */
  readonly applied: readonly GeneratedDockerfile[];
}

/** How a run.Dockerfile says that it begins with the image before it; any other text is an image's name. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a Dockerfile
const imageBefore = "${base_image}";

/**
 * A Dockerfile before the last choice does nothing, and one with nothing but a choice is done with it. Source: lifecycle,
 * `phase/generator.go`, `runImageFrom`.
 */
export function readRunDockerfiles(dockerfiles: readonly GeneratedDockerfile[]): RunDockerfiles {
  const own = dockerfiles
    .filter(({ kind }) => kind === "run")
    .map((dockerfile) => ({ dockerfile, stage: readDockerfile(dockerfile.text).stages[0] }));
  const choice = own.findLast(({ stage }) => stage !== undefined && stage.base !== imageBefore);
  const first = choice === undefined ? 0 : own.indexOf(choice);
  return {
    ...(choice === undefined ? {} : { chosenBy: choice.dockerfile.id }),
    applied: own
      .slice(first)
      .filter(({ stage }) => (stage?.instructions.length ?? 0) > 0)
      .map(({ dockerfile }) => dockerfile),
  };
}
