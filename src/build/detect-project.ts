import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Detection, detectionFile, parseDetection } from "../contract/detection.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../engines/build-request.ts";
import { detectedTarget } from "../stages/paths.ts";
import { type BuildEnding, endingOf } from "./build-ending.ts";
import type { BuildOrder } from "./build-order.ts";
import type { BuildPorts } from "./build-ports.ts";
import { openBuild } from "./open-build.ts";
import { platformPlaces } from "./outputs/platform-places.ts";
import { runHandingOver } from "./steps/handover.ts";

/** What detection found on one platform. */
export interface DetectedPlatform {
  /** `linux/arm64`. */
  readonly platform: string;
  readonly detection: Detection;
}

interface DetectedProject {
  readonly ending: BuildEnding;
  /** Empty unless it is `done`, which says nothing of whether a group passed. */
  readonly platforms: readonly DetectedPlatform[];
}

/** Runs detection of an app on an engine. In: the order that the app is built by. Throws as `buildImage`. */
export async function detectProject(order: BuildOrder, ports: BuildPorts): Promise<DetectedProject> {
  const opening = {
    needsArchive: false,
    wants: "secrets" as const,
    onlyProjects: true,
    requirePlaces: () => {},
  };
  const platforms: DetectedPlatform[] = [];
  const ending = await openBuild(order, opening, ports, async ({ engine, request, work }) => {
    const destination = join(work, "detected");
    const asked: BuildRequest = {
      ...request,
      ...{ target: detectedTarget, outputs: [{ type: "local", destination, attributes: {} }] },
      ...{ tags: [], annotations: [], labels: [], attestations: { provenance: "false" }, cacheTo: [] },
    };
    const ended = endingOf(await runHandingOver(engine, asked, ports));
    if (ended !== "done") return ended;
    for (const { platform, place } of platformPlaces(destination, detectionFile, request.platforms, engine)) {
      platforms.push({ platform, detection: readDetection(join(place, detectionFile), platform) });
    }
    return ended;
  });
  return { ending, platforms };
}

/** Reads the file of a platform. Throws CompileError where it is not what our program writes: buildpacks run beside that. */
export function readDetection(path: string, platform: string): Detection {
  try {
    if (!lstatSync(path).isFile()) throw new Error("it is not a file");
    return parseDetection(readFileSync(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const values = { platform, reason };
    throw new CompileError([diagnose("cli/detection-unreadable", values, { file: detectionFile })], {
      cause: error,
    });
  }
}
