import { tryExport } from "../caches/buildpack-cache.ts";
import type { BuildStep } from "./build-step.ts";

/** Brings the buildpack cache to its place. The image is there in any case. */
export const exportStep: BuildStep = async ({ order, engine, appRequest, border }, before, ports) => {
  const { to } = order.caches.buildpacks;
  if (to === undefined) return before;
  const transfer = { engine, request: appRequest, border, isDryRun: order.shown.isDryRun, ports };
  return (await tryExport(transfer, to)) ? before : { ...before, ending: "interrupted", isOver: true };
};
