import { tryExport } from "../caches/buildpack-cache.ts";
import { cacheImagePlace } from "../caches/cache-image.ts";
import type { BuildStep } from "./build-step.ts";

/** Brings the buildpack cache to its places. The image is there in any case. */
export const exportStep: BuildStep = async ({ order, engine, appRequest, border }, before, ports) => {
  const { to } = order.caches.buildpacks;
  // A stage by itself may leave the cache as it was.
  const image = order.image.target === undefined ? cacheImagePlace(appRequest) : undefined;
  const transfer = { engine, request: appRequest, border, isDryRun: order.shown.isDryRun, ports };
  for (const place of [to, image]) {
    if (place !== undefined && !(await tryExport(transfer, place))) {
      return { ...before, ending: "interrupted", isOver: true };
    }
  }
  return before;
};
