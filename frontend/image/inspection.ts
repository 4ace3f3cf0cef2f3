import { createHash } from "node:crypto";
import { CompileError, type Report } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform } from "../../src/image/platform.ts";
import { failOnArgument, imageIdArgument } from "../../src/options/step-variables.ts";
import { present } from "../../src/present.ts";
import { ageWarnings, gateFaults, ignoreWarnings } from "../../src/scan/gate.ts";
import { readVerdict } from "../../src/scan/verdict.ts";
import { scanDirectory } from "../../src/stages/paths.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { alreadyRun } from "../graph/definition.ts";
import { buildStage, type DockerfileBuild } from "../graph/dockerfile-build.ts";
import { definitionFor } from "../graph/llb.ts";
import { scansImage } from "../request/targets.ts";
import { requireDatabase } from "../sources/vulnerability-database.ts";
import type { AssembledImage } from "./assemble.ts";
import { type FinishedImage, singleImage } from "./result.ts";

interface InspectionHost {
  readonly gateway: Gateway;
  /** Of the stages that look into an image, for a platform alone; which one, each image says. */
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
  if (scansImage(target)) await requireDatabase(gateway, recipe.dockerfile, options);
  return Promise.all(
    images.map(async (image) => {
      const { platform, rootfs, build, diffIds } = image;
      const epoch = values["build-arg:SOURCE_DATE_EPOCH"];
      const result = await buildStage(
        gateway,
        { ...request, platforms: [platform] },
        {
          target,
          assembled: false,
          // Both have run, or run now, without the mark of --no-cache.
          inPlaceOf: {
            rootfs: { definition: alreadyRun(rootfs) },
            build: { definition: alreadyRun(definitionFor(build)) },
          },
          buildArguments: {
            [imageIdArgument]: createHash("sha256").update(diffIds.join("\n")).digest("hex"),
            ...present({ SOURCE_DATE_EPOCH: epoch }),
            // A Dockerfile that people may have changed gets all of theirs, and may have a line of its own.
            ...(recipe.isGenerated ? {} : { [failOnArgument]: recipe.gate?.failOn ?? "" }),
          },
        },
      );
      return { platform, ...singleImage(result, `the stage ${target}`) };
    }),
  );
}

/**
 * Scans all images. Throws CompileError where a finding in one of them is too severe, or the database too old to tell: then
 * none is returned; and as `inspectImages`.
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
  const now = new Date();
  for (const warning of [...ageWarnings(verdicts, now), ...ignoreWarnings(verdicts)]) host.report(warning);
  const faults = gateFaults(verdicts, now);
  if (faults.length > 0) throw new CompileError(faults);
}
