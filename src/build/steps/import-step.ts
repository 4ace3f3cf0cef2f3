import { tryImport } from "../caches/buildpack-cache.ts";
import type { BuildStep } from "./build-step.ts";

/** Brings the buildpack cache here. A build does without one that cannot be had. */
export const importStep: BuildStep = async ({ order, engine, appRequest, border }, before, ports) => {
  const { from } = order.caches.buildpacks;
  if (from === undefined) return before;
  const transfer = { engine, request: appRequest, border, isDryRun: order.shown.isDryRun, ports };
  return (await tryImport(transfer, from)) ? before : { ...before, ending: "interrupted", isOver: true };
};
