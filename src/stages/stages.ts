import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { appStage, rootfsStage } from "./app.ts";
import { buildStage } from "./build.ts";
import { builderStage } from "./builder.ts";
import { cacheFilesStage, cacheStage } from "./cache.ts";
import { cachedStage } from "./cached.ts";
import { detectStage } from "./detect.ts";
import { exportStage } from "./export.ts";
import { inspectionLowerings } from "./inspection.ts";
import { buildpackStages, handedBuildpackStages, modulesStage } from "./modules.ts";
import { previousStage } from "./previous.ts";
import { restoreStage } from "./restore.ts";
import { exportScannedStage, gateStage } from "./scan.ts";
import { sourceStage } from "./source.ts";
import type { Stage } from "./stage.ts";
import { toolStage } from "./tool.ts";
import { volumeStages } from "./volumes.ts";

/** Each stage after those it takes from; `app` last, because the last stage is what a build makes by default. */
const lowerings: readonly ((plan: LifecyclePlan) => Stage | readonly Stage[])[] = [
  toolStage,
  sourceStage,
  buildpackStages,
  handedBuildpackStages,
  modulesStage,
  builderStage,
  volumeStages,
  detectStage,
  cachedStage,
  previousStage,
  restoreStage,
  buildStage,
  exportStage,
  cacheFilesStage,
  cacheStage,
  rootfsStage,
  ...inspectionLowerings,
  exportScannedStage,
  gateStage,
  appStage,
];

/** Says a plan in Dockerfile terms. Decides nothing. */
export function lowerToStages(plan: LifecyclePlan): Stage[] {
  return lowerings.flatMap((lower) => lower(plan));
}
