import { posix } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import {
  databaseArgument,
  failOnArgument,
  imageIdArgument,
  maxDatabaseAgeArgument,
  sbomFormatArgument,
} from "../../options/step-variables.ts";
import { present } from "../../present.ts";
import { type SbomFormat, sbomFormats } from "../../sbom/sbom-format.ts";
import { durationSeconds } from "../../scan/duration.ts";
import { readThreshold } from "../../scan/severity.ts";
import { command } from "../command.ts";
import { path, required, text } from "../flag-values.ts";
import { passGate } from "./gate.ts";
import { writeImageSbom } from "./image-sbom.ts";
import { scanImage } from "./scan.ts";
import { writeScans } from "./scanner.ts";
import { fetchDatabase } from "./vulnerability-db.ts";

/** What looks into an image. Build arguments reach it as variables. */
export const inspectCommands = {
  sbom: command({
    usage: "--rootfs DIR --buildpacks DIR --syft DIR --to DIR",
    flags: { rootfs: text, buildpacks: text, syft: text, to: text },
    run({ rootfs, buildpacks, syft, to }, { log, report }) {
      const imageId = process.env[imageIdArgument] || undefined;
      const request = {
        rootfs: path("--rootfs", rootfs),
        buildpacks: path("--buildpacks", buildpacks),
        syft: path("--syft", syft),
        to: path("--to", to),
        format: sbomFormat(),
        ...present({ imageId }),
      };
      writeImageSbom(request, log, report);
    },
  }),

  "vulnerability-db": command({
    usage: "--grype DIR --to DIR [--certificates FILE]",
    flags: { grype: text, to: text, certificates: text },
    run({ grype, to, certificates }, { log }) {
      const request = {
        grype: path("--grype", grype),
        address: required(databaseArgument, process.env[databaseArgument]),
        to: path("--to", to),
        ...(certificates === undefined ? {} : { certificates: path("--certificates", certificates) }),
      };
      fetchDatabase(request, log);
    },
  }),

  scan: command({
    usage: "--sbom DIR --grype DIR --database DIR --config FILE --project-config FILE --to DIR",
    flags: { sbom: text, grype: text, database: text, config: text, "project-config": text, to: text },
    run(values, { log, report }) {
      const request = {
        sbom: path("--sbom", values.sbom),
        grype: path("--grype", values.grype),
        database: path("--database", values.database),
        config: path("--config", values.config),
        projectConfig: path("--project-config", values["project-config"]),
        to: path("--to", values.to),
        ...limits(),
      };
      scanImage(request, log, report);
    },
  }),

  gate: command({
    usage: "--scan DIR",
    flags: { scan: text },
    run({ scan }, { log }) {
      // BuildKit's name for it; there where the stage declares it.
      passGate(path("--scan", scan), process.env.TARGETPLATFORM || "this platform", log);
    },
  }),

  scanner: command({
    usage: "--syft DIR",
    flags: { syft: text },
    run({ syft }, { log, report }) {
      const extras = process.env.BUILDKIT_SCAN_SOURCE_EXTRAS || undefined;
      const request = {
        syft: path("--syft", syft),
        rootfs: requestedDirectory("BUILDKIT_SCAN_SOURCE"),
        to: requestedDirectory("BUILDKIT_SCAN_DESTINATION"),
        ...(extras === undefined ? {} : { extras: posix.resolve(extras) }),
      };
      writeScans(request, log, report);
    },
  }),
};

/** Of which format `sbom.json` is; a build argument that names none is a slip. */
function sbomFormat(): SbomFormat {
  const name = process.env[sbomFormatArgument] || "spdx";
  const format = sbomFormats.find((known) => known === name.toLowerCase());
  if (format !== undefined) return format;
  throw new CompileError([diagnose("plan/bad-sbom-format", { text: name, formats: sbomFormats })]);
}

/** From when on a finding fails the build, and how old the database may be then. */
function limits() {
  const failText = process.env[failOnArgument] || undefined;
  const failOn =
    failText === undefined ? undefined : readThreshold(failText, { file: `--build-arg ${failOnArgument}` });
  const ageText = process.env[maxDatabaseAgeArgument] || undefined;
  const maxAgeSeconds = ageText === undefined ? undefined : durationSeconds(ageText);
  if (ageText !== undefined && maxAgeSeconds === undefined) {
    throw new CompileError([
      diagnose("plan/bad-max-age", { text: ageText }, { file: `--build-arg ${maxDatabaseAgeArgument}` }),
    ]);
  }
  return {
    ...present({ failOn, maxAgeSeconds }),
  };
}

/** BuildKit says by variables what a scanner has to do. Source: BuildKit, docs/attestations/sbom-protocol. */
function requestedDirectory(variable: string): string {
  const directory = process.env[variable] ?? "";
  if (directory === "") throw new CompileError([diagnose("export/no-scan-request", { variable })]);
  return posix.resolve(directory);
}
