import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { cacheMount } from "./cache-mount.ts";
import { appDirectory, cacheDirectory, cacheStateDirectory, exportProgram, targetPlatform } from "./paths.ts";
import type { Stage } from "./stage.ts";

/**
 * `cached`: which layers the cache holds. BuildKit does not look into a cache mount, and would answer `restore` with what
 * was there when it last ran. The mount of the source has this step look whenever the source changes.
 */
export function cachedStage(plan: LifecyclePlan): Stage {
  return {
    name: "cached",
    base: { kind: "stage", name: "tool" },
    purpose: [
      "cached: which layers the cache holds, so that they are restored again only when others are there.",
    ],
    instructions: [
      { kind: "arg", name: targetPlatform },
      {
        kind: "run",
        network: false,
        mounts: [
          { kind: "bind", from: "source", source: appDirectory, target: appDirectory },
          cacheMount(plan),
        ],
        argv: [
          "node",
          exportProgram,
          "cache-state",
          `--cache=${cacheDirectory}`,
          `--to=${cacheStateDirectory}/state.json`,
        ],
      },
    ],
  };
}
