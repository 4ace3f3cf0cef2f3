import { posix } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import {
  databaseArgument,
  failOnArgument,
  imageIdArgument,
  maxDatabaseAgeArgument,
  sbomFormatArgument,
} from "../options/step-variables.ts";
import { type SbomFormat, sbomFormats } from "../sbom/sbom-format.ts";
import { durationSeconds } from "../scan/duration.ts";
import { readThreshold } from "../scan/severity.ts";
import { flags, path, required, text } from "./flag-values.ts";
import type { ImageSbomRequest } from "./inspect/image-sbom.ts";
import type { ScanRequest } from "./inspect/scan.ts";
import type { ScannerRequest } from "./inspect/scanner.ts";
import type { DatabaseRequest } from "./inspect/vulnerability-db.ts";

/** A call that looks into an image. Build arguments reach it as variables. */
export type InspectionCommand =
  | ({ readonly kind: "sbom" } & ImageSbomRequest)
  | ({ readonly kind: "vulnerability-db" } & DatabaseRequest)
  | ({ readonly kind: "scan" } & ScanRequest)
  | ({ readonly kind: "scanner" } & ScannerRequest)
  | { readonly kind: "gate"; readonly scan: string; readonly platform: string };

/** Of which format `sbom.json` is; a build argument that names none is a slip. */
function sbomFormat(): SbomFormat {
  const text = process.env[sbomFormatArgument] || "spdx";
  const format = sbomFormats.find((name) => name === text.toLowerCase());
  if (format !== undefined) return format;
  throw new CompileError([diagnose("plan/bad-sbom-format", { text, formats: sbomFormats })]);
}

export function sbomCommand(words: string[]): InspectionCommand {
  const values = flags(words, { rootfs: text, buildpacks: text, syft: text, to: text });
  const imageId = process.env[imageIdArgument] || undefined;
  return {
    kind: "sbom",
    rootfs: path("--rootfs", values.rootfs),
    buildpacks: path("--buildpacks", values.buildpacks),
    syft: path("--syft", values.syft),
    to: path("--to", values.to),
    format: sbomFormat(),
    ...(imageId === undefined ? {} : { imageId }),
  };
}

export function databaseCommand(words: string[]): InspectionCommand {
  const values = flags(words, { grype: text, to: text, certificates: text });
  return {
    kind: "vulnerability-db",
    grype: path("--grype", values.grype),
    address: required(databaseArgument, process.env[databaseArgument]),
    to: path("--to", values.to),
    ...(values.certificates === undefined
      ? {}
      : { certificates: path("--certificates", values.certificates) }),
  };
}

export function scanCommand(words: string[]): InspectionCommand {
  const values = flags(words, {
    ...{ sbom: text, grype: text, database: text, to: text },
    ...{ config: text, "project-config": text },
  });
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
    kind: "scan",
    sbom: path("--sbom", values.sbom),
    grype: path("--grype", values.grype),
    database: path("--database", values.database),
    config: path("--config", values.config),
    projectConfig: path("--project-config", values["project-config"]),
    to: path("--to", values.to),
    ...(failOn === undefined ? {} : { failOn }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}

/** BuildKit says by variables what a scanner has to do. Source: BuildKit, docs/attestations/sbom-protocol. */
export function scannerCommand(words: string[]): InspectionCommand {
  const { syft } = flags(words, { syft: text });
  const extras = process.env.BUILDKIT_SCAN_SOURCE_EXTRAS || undefined;
  return {
    kind: "scanner",
    syft: path("--syft", syft),
    rootfs: scanDirectory("BUILDKIT_SCAN_SOURCE"),
    to: scanDirectory("BUILDKIT_SCAN_DESTINATION"),
    ...(extras === undefined ? {} : { extras: posix.resolve(extras) }),
  };
}

function scanDirectory(variable: string): string {
  const directory = process.env[variable] ?? "";
  if (directory === "") throw new CompileError([diagnose("export/no-scan-request", { variable })]);
  return posix.resolve(directory);
}

/** In: words of the command `gate`. */
export function gateCommand(words: string[]): InspectionCommand {
  return {
    kind: "gate",
    scan: path("--scan", flags(words, { scan: text }).scan),
    // BuildKit's name for it; there where the stage declares it.
    platform: process.env.TARGETPLATFORM || "this platform",
  };
}
