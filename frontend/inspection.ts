import { createHash } from "node:crypto";
import {
  ageWarnings,
  CompileError,
  failOnArgument,
  formatPlatform,
  gateFaults,
  imageIdArgument,
  type Report,
  readThreshold,
  readVerdict,
  scanDirectory,
  type Threshold,
} from "../src/index.ts";
import type { AssembledImage } from "./assemble.ts";
import { alreadyRun } from "./definition.ts";
import { buildStage, type DockerfileBuild } from "./dockerfile-build.ts";
import type { Gateway } from "./gateway.ts";
import { definitionFor } from "./llb.ts";
import type { FrontendOptions } from "./options.ts";
import type { FinishedImage } from "./result.ts";
import { requireDatabase } from "./vulnerability-database.ts";

/** Stages that look into the finished image, which is ours and not the one of the stage `rootfs`. */
const scanningStages = ["scan-files", "scan", "artifacts"];
const inspectingStages = ["sbom-files", "sbom", ...scanningStages];

export function looksIntoImage(target: string): boolean {
  return inspectingStages.includes(target);
}

/**
 * From which severity on a finding fails the build: as the build argument says, else the Dockerfile. Undefined: none does.
 * Throws CompileError.
 */
export function readFailOn(dockerfile: string, { values }: FrontendOptions): Threshold | undefined {
  const written = new RegExp(`^ARG\\s+${failOnArgument}=(\\S*)\\s*$`, "m").exec(dockerfile)?.[1];
  const text = values[`build-arg:${failOnArgument}`] ?? written ?? "";
  return text === "" ? undefined : readThreshold(text, { file: `--build-arg ${failOnArgument}` });
}

export interface InspectionHost {
  readonly gateway: Gateway;
  /** For a platform alone; which one, each image says. */
  readonly request: DockerfileBuild;
  readonly report: Report;
}

/** What one of those stages makes of each image. Throws ConnectError; CompileError, TemporaryError without a database. */
export async function inspectImages(
  { gateway, request }: InspectionHost,
  images: readonly AssembledImage[],
  target: string,
): Promise<FinishedImage[]> {
  const { recipe, options } = request;
  const { values } = options;
  if (scanningStages.includes(target)) await requireDatabase(gateway, recipe.dockerfile, options);
  return Promise.all(
    images.map(async (image) => {
      const { platform, rootfs, build, diffIds } = image;
      const epoch = values["build-arg:SOURCE_DATE_EPOCH"];
      const failOn = values[`build-arg:${failOnArgument}`];
      const { result, metadata } = await buildStage(
        gateway,
        { ...request, platforms: [platform] },
        {
          target,
          assembled: false,
          // Both have run, or run now, without the mark of --no-cache.
          inPlaceOf: { rootfs: alreadyRun(rootfs), build: alreadyRun(definitionFor(build)) },
          buildArguments: {
            [imageIdArgument]: createHash("sha256").update(diffIds.join("\n")).digest("hex"),
            ...(epoch === undefined ? {} : { SOURCE_DATE_EPOCH: epoch }),
            ...(failOn === undefined ? {} : { [failOnArgument]: failOn }),
          },
        },
      );
      const config = metadata["containerimage.config"];
      if (result.case !== "ref" || config === undefined) {
        throw new Error(`BuildKit answered the stage ${target} with ${result.case ?? "nothing"}`);
      }
      return { platform, ref: result.value, config };
    }),
  );
}

/**
 * Scans all images. Throws CompileError where a finding in one of them is too severe: then none is returned; and as
 * `inspectImages`.
 */
export async function passGate(host: InspectionHost, images: readonly AssembledImage[]): Promise<void> {
  const scanned = await inspectImages(host, images, "scan-files");
  const verdicts = await Promise.all(
    scanned.map(async ({ platform, ref }) => {
      const file = await host.gateway.readFile(ref, `${scanDirectory}/verdict.json`);
      const verdict = readVerdict(Buffer.from(file).toString(), "verdict.json");
      return { platform: formatPlatform(platform), verdict };
    }),
  );
  for (const warning of ageWarnings(verdicts, new Date())) host.report(warning);
  const faults = gateFaults(verdicts);
  if (faults.length > 0) throw new CompileError(faults);
}
