import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { cacheFilesStage, cacheStage } from "./cache/cache.ts";
import { cachedStage } from "./cache/cached.ts";
import { appStage, rootfsStage } from "./image/app.ts";
import { exportStage } from "./image/export.ts";
import { previousStage } from "./image/previous.ts";
import { toolStage } from "./image/tool.ts";
import { buildStage } from "./phases/build.ts";
import { builderStage } from "./phases/builder.ts";
import { detectedStages, detectStage } from "./phases/detect.ts";
import { extendStages } from "./phases/extend.ts";
import { buildpackStages, handedBuildpackStages, modulesStage } from "./phases/modules.ts";
import { restoreStage } from "./phases/restore.ts";
import { sourceStage } from "./phases/source.ts";
import type { Stage } from "./stage.ts";
import { inspectionLowerings } from "./supply-chain/inspection.ts";
import { exportScannedStage, gateStage } from "./supply-chain/scan.ts";
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
  detectedStages,
  extendStages,
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
