import { detectionFile } from "../../contract/detection.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { certificateMounts } from "../certificates.ts";
import { appDirectory, detectedTarget, layersDirectory, lifecycleDirectory, sourceRoot } from "../paths.ts";
import { secretArguments, secretMounts } from "../secrets.ts";
import type { Instruction, Mount, Stage } from "../stage.ts";
import { directoryMounts } from "../volumes.ts";
import { placeFlags } from "./extend.ts";
import { keepReplacingExtensions, replacingMounts } from "./modules.ts";
import { hideVariables, nativeMounts, phaseCommand } from "./phase.ts";

const detector = `${lifecycleDirectory}/detector`;

/** `detect`: which buildpacks want to take part. */
export function detectStage(plan: LifecyclePlan): Stage {
  return {
    name: "detect",
    base: { kind: "stage", name: "builder" },
    purpose: ["detect: finds the buildpacks that apply to the source."],
    instructions: [
      ...beforeDetection(plan),
      detection(plan, [], [detector]),
      ...keepReplacingExtensions(plan),
    ],
  };
}

/**
 * `detection`, `detected`: the same once more, for those who want to know what it finds and why. A step of their own: what the detector says
 * at another level would make `detect` another step.
 */
export function detectedStages(plan: LifecyclePlan): Stage[] {
  if (plan.tellsDetection !== true) return [];
  const { user, extensions } = plan;
  const file = `${layersDirectory}/${detectionFile}`;
  const flags = [...placeFlags(extensions?.areExperimental === true), `--to=${file}`];
  const argv = phaseCommand(plan, flags, [detector, "-log-level", "debug"], "detect");
  return [
    {
      name: "detection",
      base: { kind: "stage", name: "builder" },
      purpose: ["detection: detect with all that it says. Runs only for the target `detected`."],
      instructions: [...hideVariables(plan), ...beforeDetection(plan), detection(plan, nativeMounts, argv)],
    },
    {
      name: detectedTarget,
      base: { kind: "scratch" },
      purpose: ["detected: what detection found, and why: `--target detected --output DIRECTORY`."],
      instructions: [
        {
          ...{ kind: "copy", from: "detection", source: file, destination: `/${detectionFile}` },
          ...{ owner: user, link: true },
        },
      ],
    },
  ];
}

/** What the detector finds in place. */
function beforeDetection(plan: LifecyclePlan): Instruction[] {
  const { user, workspace } = plan;
  return [
    {
      kind: "copy",
      from: "source",
      source: `${sourceRoot}/`,
      destination: "/",
      owner: user,
      link: false,
    },
    // Not in the build context, so it stands here; buildpacks look for it under this name.
    ...(workspace.descriptorText === undefined
      ? []
      : [
          {
            kind: "file" as const,
            path: `${appDirectory}/project.toml`,
            mode: "0644" as const,
            content: { format: "text" as const, text: workspace.descriptorText },
          },
        ]),
    ...(plan.extensions?.areExperimental === true
      ? [{ kind: "env" as const, name: "CNB_EXPERIMENTAL_MODE", value: ["warn"] }]
      : []),
    ...secretArguments(plan),
  ];
}

/** The step itself. In: what is mounted beside what detection sees. */
function detection(plan: LifecyclePlan, mounts: readonly Mount[], argv: readonly string[]): Instruction {
  return {
    kind: "run",
    network: false,
    mounts: [
      ...mounts,
      ...replacingMounts(plan),
      ...directoryMounts(plan),
      ...secretMounts(plan),
      ...certificateMounts(plan),
    ],
    argv,
  };
}
