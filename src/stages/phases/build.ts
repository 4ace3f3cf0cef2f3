import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { certificateFlags } from "../certificates.ts";
import {
  appDirectory,
  detectedPlan,
  layersDirectory,
  lifecycleDirectory,
  restoredDirectory,
  sourceDirectory,
} from "../paths.ts";
import { secretArguments, secretMounts } from "../secrets.ts";
import type { Stage } from "../stage.ts";
import { cacheVolumeMounts, directoryMounts, volumeArguments } from "../volumes.ts";
import { buildingBuilder } from "./extend.ts";
import { replacingMounts } from "./modules.ts";
import { hideVariables, nativeMounts, phaseCommand } from "./phase.ts";

/**
 * `build`: the buildpacks themselves; the only phase with network. What was restored and the source are copied in its own
 * step: directories of an earlier one cannot be renamed on overlayfs, and buildpacks rename them.
 */
export function buildStage(plan: LifecyclePlan): Stage {
  const layersPlan = `${layersDirectory}/plan.toml`;
  return {
    name: "build",
    base: buildingBuilder(plan),
    purpose: [
      "build: runs the buildpacks on copies of the source and of the restored layers.",
      "The only step with network access.",
    ],
    instructions: [
      ...hideVariables(plan),
      ...volumeArguments(plan),
      ...secretArguments(plan),
      {
        kind: "run",
        network: true,
        mounts: [
          ...nativeMounts,
          { kind: "bind", from: "restore", source: layersDirectory, target: restoredDirectory },
          { kind: "bind", from: "detect", source: layersPlan, target: detectedPlan },
          {
            ...{ kind: "bind", from: "detect", source: appDirectory, target: sourceDirectory },
            ...(plan.workspace.keepModes ? { isWritable: true } : {}),
          },
          ...replacingMounts(plan),
          ...directoryMounts(plan),
          ...cacheVolumeMounts(plan),
          ...secretMounts(plan),
          ...(plan.ssh === undefined ? [] : [{ kind: "ssh" as const, ...plan.ssh, owner: plan.user }]),
        ],
        argv: phaseCommand(
          plan,
          [
            `--opened=${restoredDirectory}:${layersDirectory}`,
            `--copy=${detectedPlan}:${layersPlan}`,
            // With modes of their own, there can be files that their owner cannot read before he has opened them.
            `--${plan.workspace.keepModes ? "closed" : "copy"}=${sourceDirectory}:${appDirectory}`,
            ...certificateFlags(plan),
          ],
          [`${lifecycleDirectory}/builder`],
        ),
      },
    ],
  };
}
