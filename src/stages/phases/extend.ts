import { moduleDirectories } from "../../contract/module-kind.ts";
import { exportProgram } from "../../contract/program.ts";
import type { ExtensionsPlan, FrozenExtensions, LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { analyzedToml } from "../analyzed.ts";
import { layersDirectory, platformsDirectory, replacingExtensionsDirectory } from "../paths.ts";
import type { Base, Instruction, Stage } from "../stage.ts";
import { ontoBuilder } from "./builder.ts";
import { frozenBuilderStages, frozenRunImageStages } from "./frozen.ts";

/**
 * `extend`, `extend-run`: what image extensions make of the builder image and the run image; and the builder of this project once more,
 * on the result. Their Dockerfiles are known after detection, and our frontend applies them: it puts what they make into the place of the
 * first three. A file may have those of an earlier detection instead.
 */
export function extendStages(plan: LifecyclePlan): Stage[] {
  const { extensions, frozen } = plan;
  if (extensions === undefined) return [];
  return [
    ...(frozen === undefined
      ? emptyStages(plan, extensions)
      : [...frozenBuilderStages(plan, frozen), ...frozenRunImageStages(plan, frozen)]),
    extendedToolStage(plan, extensions),
    {
      name: "extended-builder",
      base: { kind: "stage", name: "extend" },
      purpose: ["extended-builder: the builder stage, on the extended builder image."],
      instructions: ontoBuilder(plan, "extended-tool"),
    },
  ];
}

/** Where the frontend puts what it makes. */
function emptyStages({ builder, runImage }: LifecyclePlan, { order }: ExtensionsPlan): Stage[] {
  const ids = [...new Set(order.flatMap((group) => group.map(({ id }) => id)))].join(", ");
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
  ];
}

function extendedToolStage({ frozen }: LifecyclePlan, { areExperimental }: ExtensionsPlan): Stage {
  const { fails, mount, words } =
    frozen === undefined ? noExtensions : sameExtensions(frozen, areExperimental);
  return {
    name: "extended-tool",
    base: { kind: "stage", name: "tool" },
    purpose: [`extended-tool: the tool stage, with the target of that run image. ${fails[0]}`, fails[1]],
    instructions: [
      ...targetFiles(frozen?.runImage),
      {
        kind: "run",
        network: false,
        mounts: [{ kind: "bind", from: "detect", ...mount }],
        argv: ["node", exportProgram, ...words],
      },
    ],
  };
}

/** A step that looks at what detection left. */
interface DetectionCheck {
  /** When it fails, for a comment. */
  readonly fails: readonly [string, string];
  readonly mount: { readonly source: string; readonly target: string };
  readonly words: readonly string[];
}

const noExtensions: DetectionCheck = {
  fails: [
    "The step runs only where another frontend",
    "builds this file, and fails if an image extension takes part.",
  ],
  mount: { source: layersDirectory, target: layersDirectory },
  words: ["no-extensions", `--layers=${layersDirectory}`],
};

/** Where all that detection left is seen. */
const detectedRoot = "/cnb-dockerfile/detected";

function sameExtensions({ digest }: FrozenExtensions, areExperimental: boolean): DetectionCheck {
  return {
    fails: [
      "The step fails if image extensions make",
      "something else in this build than what is in this file.",
    ],
    mount: { source: "/", target: detectedRoot },
    words: [
      ...["same-extensions", `--root=${detectedRoot}`, ...placeFlags(areExperimental)],
      `--digest=${digest}`,
    ],
  };
}

/** Where extensions lie in `detect`: those that take the place of the builder's come first. */
export const extensionsDirectories = [replacingExtensionsDirectory, moduleDirectories.extension];

/** Flags of commands of the export program that read what image extensions made. In: whether it lies by kind. */
export function placeFlags(areExperimental: boolean): string[] {
  return [
    `--layers=${layersDirectory}`,
    ...extensionsDirectories.map((path) => `--extensions=${path}`),
    ...(areExperimental ? ["--by-kind"] : []),
  ];
}

/** In: the run image that an extension chose; undefined: none did. */
function targetFiles(runImage: FrozenExtensions["runImage"]): Instruction[] {
  if (runImage === undefined) return [];
  return runImage.targets.map(({ platform, target }) => ({
    kind: "file",
    path: `${platformsDirectory}/${platform}/analyzed.toml`,
    mode: "0644",
    content: { format: "toml", table: analyzedToml({ runImage }, target) },
  }));
}

/** The stage in which buildpacks build. */
export function buildingBuilder({ extensions }: LifecyclePlan): Base {
  return { kind: "stage", name: extensions === undefined ? "builder" : "extended-builder" };
}

/** The stage that runs our program where it has to know the run image. */
export function toolWithFacts({ extensions }: LifecyclePlan): Base {
  return { kind: "stage", name: extensions === undefined ? "tool" : "extended-tool" };
}
