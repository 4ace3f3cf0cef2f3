import { exportProgram } from "../../contract/program.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { layersDirectory } from "../paths.ts";
import type { Base, Stage } from "../stage.ts";
import { ontoBuilder } from "./builder.ts";

/**
 * `extend`, `extend-run`: what image extensions make of the builder image and the run image; and the builder of this project once more,
 * on the result. Their Dockerfiles are known after detection, and our frontend applies them: it puts what they make into the place of the
 * first three.
 */
export function extendStages(plan: LifecyclePlan): Stage[] {
  const { extensions, builder, runImage } = plan;
  if (extensions === undefined) return [];
  const ids = [...new Set(extensions.order.flatMap((group) => group.map(({ id }) => id)))].join(", ");
  return [
    {
      name: "extend",
      base: { kind: "image", reference: builder, onBuildPlatform: false },
      purpose: [
        "extend: the builder image, changed by the image extensions that detection selects:",
        `${ids}. The frontend applies them.`,
      ],
      instructions: [],
    },
    {
      name: "extend-run",
      base: { kind: "image", reference: runImage.reference, onBuildPlatform: false },
      purpose: ["extend-run: the run image, replaced or changed by image extensions."],
      instructions: [],
    },
    {
      name: "extended-tool",
      base: { kind: "stage", name: "tool" },
      purpose: [
        "extended-tool: the tool stage, with the target of that run image. The step runs only where another frontend",
        "builds this file, and fails if an image extension takes part.",
      ],
      instructions: [
        {
          kind: "run",
          network: false,
          mounts: [{ kind: "bind", from: "detect", source: layersDirectory, target: layersDirectory }],
          argv: ["node", exportProgram, "no-extensions", `--layers=${layersDirectory}`],
        },
      ],
    },
    {
      name: "extended-builder",
      base: { kind: "stage", name: "extend" },
      purpose: ["extended-builder: the builder stage, on the extended builder image."],
      instructions: ontoBuilder(plan, "extended-tool"),
    },
  ];
}

/** The stage in which buildpacks build. */
export function buildingBuilder({ extensions }: LifecyclePlan): Base {
  return { kind: "stage", name: extensions === undefined ? "builder" : "extended-builder" };
}

/** The stage that runs our program where it has to know the run image. */
export function toolWithFacts({ extensions }: LifecyclePlan): Base {
  return { kind: "stage", name: extensions === undefined ? "tool" : "extended-tool" };
}
