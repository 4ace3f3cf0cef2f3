import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { closest } from "../../src/diagnostics/did-you-mean.ts";
import { type Dockerfile, namedStages } from "../../src/dockerfile/dockerfile.ts";
import type { FrontendOptions } from "./options.ts";

/** The stage that is the image, and what is built where no other is named. */
export const imageTarget = "app";

/** Stages that look into the finished image, which is ours and not the one of the stage `rootfs`. */
const scanningStages = ["scan-files", "scan", "artifacts"];
const inspectingStages = ["sbom-files", "sbom", ...scanningStages];

export function looksIntoImage(target: string): boolean {
  return inspectingStages.includes(target.toLowerCase());
}

export function scansImage(target: string): boolean {
  return scanningStages.includes(target);
}

/**
 * The stage that is to be built, by its name in the Dockerfile; letter case does not count, as in any Dockerfile build.
 * Throws CompileError where no stage has the name.
 */
export function chooseTarget(dockerfile: Dockerfile, { values }: FrontendOptions): string {
  const { target = "" } = values;
  if (target === "") return imageTarget;
  const targets = namedStages(dockerfile).map(({ name }) => name);
  const found = targets.find((name) => name.toLowerCase() === target.toLowerCase());
  if (found !== undefined) return found;
  const suggestion = closest(target, targets);
  throw new CompileError([
    diagnose("frontend/unknown-target", { target, targets, suggestion }, { file: "--target" }),
  ]);
}
