import { exportProgram } from "../../contract/program.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import {
  appDirectory,
  cacheDirectory,
  cacheNamespaceArgument,
  cacheStateDirectory,
  offerDirectory,
  sourceRoot,
} from "../paths.ts";
import { toolWithFacts } from "../phases/extend.ts";
import type { Stage } from "../stage.ts";
import { cacheArguments, cacheMount } from "./cache-mount.ts";
import { memoryFlags, offersMemory } from "./memory.ts";

/**
 * `cached`: which layers the cache holds. BuildKit does not look into a cache mount, and would answer `restore` with what
 * was there when it last ran. The mount of the source has this step look whenever the source changes. It says whose cache
 * it is, too: BuildKit leaves a mount's id out of the key of a step, and would answer one app's step with what was found,
 * restored and built for another.
 */
export function cachedStage(plan: LifecyclePlan): Stage {
  return {
    name: "cached",
    base: toolWithFacts(plan),
    purpose: [
      "cached: the list of cached layers, so that they are restored again only when it changes,",
      "and metadata of the last image's other layers, which the buildpacks can reuse.",
    ],
    instructions: [
      ...cacheArguments(plan),
      { kind: "arg", name: cacheNamespaceArgument },
      {
        kind: "run",
        network: false,
        mounts: [
          { kind: "bind", from: "source", source: `${sourceRoot}${appDirectory}`, target: appDirectory },
          cacheMount(plan),
        ],
        argv: [
          "node",
          exportProgram,
          "cache-state",
          `--cache=${cacheDirectory}`,
          `--to=${cacheStateDirectory}/state.json`,
          // An id that is made up for each build would have every build restore and build again; its cache is empty.
          ...(plan.cache.derivedFrom === "nothing" ? [] : [`--id=${plan.cache.id}`]),
          ...(offersMemory(plan) ? [`--offer=${offerDirectory}`] : []),
          ...memoryFlags(plan),
        ],
      },
    ],
  };
}
