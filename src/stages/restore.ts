import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { cacheArguments, cacheMount } from "./cache-mount.ts";
import {
  appDirectory,
  cacheDirectory,
  cacheStateDirectory,
  layersDirectory,
  lifecycleDirectory,
} from "./paths.ts";
import type { CopyInstruction, Stage } from "./stage.ts";

/**
 * `restore`: layers that the buildpacks cached last time. It begins without the source, which the restorer does not look
 * at: for the same buildpacks and the same cache, a changed source restores nothing again.
 */
export function restoreStage(plan: LifecyclePlan): Stage {
  const copy = (from: CopyInstruction["from"], source: string, destination = source): CopyInstruction => ({
    ...{ kind: "copy", from, source, destination, owner: plan.user, link: false },
  });
  return {
    name: "restore",
    base: { kind: "stage", name: "builder" },
    purpose: [
      "restore: layers that these buildpacks cached in an earlier build of this app. The source comes last, for",
      "none of them depends on it.",
    ],
    instructions: [
      ...cacheArguments(plan),
      copy("detect", `${layersDirectory}/group.toml`),
      ...(plan.previousImage === undefined ? [] : [copy("previous", "/", `${layersDirectory}/`)]),
      {
        kind: "run",
        network: false,
        mounts: [
          { kind: "bind", from: "cached", source: cacheStateDirectory, target: cacheStateDirectory },
          cacheMount(plan),
        ],
        argv: [
          `${lifecycleDirectory}/restorer`,
          "-cache-dir",
          cacheDirectory,
          // Without a run.toml the restorer has no run image to look up in a registry.
          ...(plan.restorerChecksRunImage ? ["-run", "/nonexistent"] : []),
        ],
      },
      copy("detect", `${layersDirectory}/plan.toml`),
      copy("detect", `${appDirectory}/`),
    ],
  };
}
