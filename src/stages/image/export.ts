import { exportProgram } from "../../contract/program.ts";
import { assembleArgument } from "../../options/step-variables.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { cacheArguments, cacheMount } from "../cache/cache-mount.ts";
import { memoryFlags, memoryMount } from "../cache/memory.ts";
import {
  appDirectory,
  appSlots,
  cacheDirectory,
  exportWarnings,
  imageDirectory,
  launchSlots,
  layersDirectory,
  lifecycleDirectory,
} from "../paths.ts";
import { toolWithFacts } from "../phases/extend.ts";
import type { Stage } from "../stage.ts";
import { buildOutput, lifecycleMount } from "./build-output.ts";

/** `export`: lays out the image's layers and fills the cache. */
export function exportStage(plan: LifecyclePlan): Stage {
  const { user, processType, platformApi, lifecycleVersion } = plan;
  return {
    name: "export",
    base: toolWithFacts(plan),
    purpose: [
      "export: sorts the buildpacks' output into image layers, and writes the cache for the next build.",
      "Replaces the lifecycle's exporter, which needs a registry.",
    ],
    instructions: [
      ...cacheArguments(plan),
      { kind: "arg", name: assembleArgument },
      {
        kind: "run",
        network: false,
        mounts: [...buildOutput, lifecycleMount, memoryMount, cacheMount(plan)],
        argv: [
          "node",
          exportProgram,
          "export",
          `--layers=${layersDirectory}`,
          `--app=${appDirectory}`,
          `--lifecycle=${lifecycleDirectory}`,
          `--lifecycle-version=${lifecycleVersion}`,
          `--platform-api=${platformApi}`,
          `--user=${user.uid}:${user.gid}`,
          `--cache=${cacheDirectory}`,
          `--output=${imageDirectory}`,
          `--warnings=${exportWarnings}`,
          `--launch-slots=${launchSlots}`,
          `--app-slots=${appSlots}`,
          ...memoryFlags(plan),
          ...(processType === undefined ? [] : [`--process-type=${processType}`]),
        ],
      },
    ],
  };
}
