import type { Border } from "../files/border.ts";
import type { BuildEnding } from "./build-ending.ts";
import type { BuildOrder } from "./build-order.ts";
import type { BuildPorts } from "./build-ports.ts";
import { openBuild } from "./open-build.ts";
import { requireOutputPlaces } from "./outputs/output-places.ts";
import { type ReadyBuild, readyBuild } from "./ready-build.ts";
import type { BuildStep, SoFar } from "./steps/build-step.ts";
import { exportStep } from "./steps/export-step.ts";
import { imageStep } from "./steps/image-step.ts";
import { importStep } from "./steps/import-step.ts";
import { inspectStep } from "./steps/inspect-step.ts";

/** The image is looked into before it is made: who is to mend what the gate forbids needs to see the files about it. */
const steps: readonly BuildStep[] = [importStep, inspectStep, imageStep, exportStep];

/** Builds an image of a source, and says what came of it. Throws CompileError, TemporaryError where trying again can help. */
export function buildImage(order: BuildOrder, ports: BuildPorts): Promise<BuildEnding> {
  const opening = {
    needsArchive: needsArchive(order),
    wants: "secrets and agents" as const,
    onlyProjects: false,
    requirePlaces: (border: Border) => requireOutputPlaces(order, border),
  };
  return openBuild(order, opening, ports, (opened) => runSteps(readyBuild(order, opened, ports), ports));
}

/** Runs the steps of a build, one after another. */
export async function runSteps(build: ReadyBuild, ports: BuildPorts): Promise<BuildEnding> {
  let soFar: SoFar = { ending: "done", isOver: false, steps: [], downloads: [] };
  for (const step of steps) {
    soFar = await step(build, soFar, ports);
    if (soFar.isOver) break;
  }
  return soFar.ending;
}

function needsArchive({ caches, outputs: { outputs } }: BuildOrder): boolean {
  return (
    caches.buildpacks.to !== undefined ||
    outputs.some(({ type, destination }) => destination !== undefined && ["oci", "docker"].includes(type))
  );
}
