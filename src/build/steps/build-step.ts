import type { TracedStep } from "../../engines/run/trace-steps.ts";
import type { BuildEnding } from "../build-ending.ts";
import type { BuildPorts } from "../build-ports.ts";
import type { RunDownloads } from "../downloads/download-list.ts";
import type { InspectionResult } from "../outputs/build-result.ts";
import type { ReadyBuild } from "../ready-build.ts";

/** What has come of the steps before. */
export interface SoFar {
  readonly ending: BuildEnding;
  /** Whether no step comes after it. */
  readonly isOver: boolean;
  /** What is known of the image; absent: nobody asked. */
  readonly inspection?: InspectionResult;
  /** What the steps of its builds did, if that is wanted and known. */
  readonly steps: readonly TracedStep[];
  /** What they downloaded, by run of the engine; empty: nobody asked. */
  readonly downloads: readonly RunDownloads[];
}

/** A step of a build. Throws CompileError. */
export type BuildStep = (build: ReadyBuild, before: SoFar, ports: BuildPorts) => Promise<SoFar>;
