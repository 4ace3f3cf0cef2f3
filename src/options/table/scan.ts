import { type OptionRow, ofImageAnywhere } from "../option.ts";
import {
  databaseArgument,
  failOnArgument,
  maxDatabaseAgeArgument,
  sbomFormatArgument,
} from "../step-variables.ts";
import {
  readDatabaseAddress,
  readFailOn,
  readMaxAge,
  readSbomFormat,
  readScanConfig,
  readToolImage,
} from "../values/scan-readers.ts";

/** The tools that look into an image. */
export const syftImage = "docker.io/anchore/syft:v1.52.0";
export const grypeImage = "docker.io/anchore/grype:v0.110.0";
/** How old a database may be for a build with a threshold. Source: Grype, `db.max-allowed-built-age`. */
export const maxDatabaseAge = "120h";

/** What is in an image, and what is wrong with that. */
export const scanOptions = {
  failOn: {
    flag: "--fail-on <severity>",
    argument: failOnArgument,
    setting: "fail-on",
    form: "text",
    read: readFailOn,
    compiled: true,
    text: "Fail the build on vulnerabilities of this severity or higher: critical, high, medium, low, negligible (default: never)",
    argumentText:
      "Fail the build on vulnerabilities of this severity or higher: critical, high, medium, low or negligible",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 23,
  },
  scanConfig: {
    flag: "--scan-config <file>",
    argument: "CNB_SCAN_CONFIG",
    form: "text",
    read: readScanConfig,
    compiled: true,
    text: "Grype configuration file in the project; with `build`, any file (default: .grype.yaml, if it exists)",
    argumentText: "Grype configuration file in the project",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 21,
  },
  vulnerabilityDatabase: {
    flag: "--vulnerability-db <url>",
    argument: databaseArgument,
    setting: "vulnerability-db",
    form: "text",
    read: readDatabaseAddress,
    compiled: true,
    text: "URL of a Grype database listing (latest.json); with `build`, also a database directory (default: Grype's own)",
    argumentText: "URL of a Grype database listing (latest.json)",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 19,
  },
  maxDatabaseAge: {
    flag: "--vulnerability-db-max-age <duration>",
    argument: maxDatabaseAgeArgument,
    setting: "vulnerability-db-max-age",
    form: "text",
    read: readMaxAge,
    compiled: true,
    text: `Maximum age of the database with --fail-on, for example 120h or 5d (default: ${maxDatabaseAge})`,
    argumentText: "Maximum age of the database if vulnerabilities fail the build, for example 120h",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 20,
  },
  sbomFormat: {
    flag: "--sbom-format <format>",
    argument: sbomFormatArgument,
    form: "text",
    read: readSbomFormat,
    compiled: true,
    text: "Format of sbom.json: spdx or cyclonedx (default: spdx)",
    argumentText: "Format of sbom.json: spdx or cyclonedx",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 22,
  },
  syftImage: {
    flag: "--syft-image <image>",
    argument: "CNB_SYFT_IMAGE",
    setting: "syft-image",
    form: "text",
    read: readToolImage,
    compiled: true,
    text: `Syft image (default: ${syftImage})`,
    argumentText: "Syft image for the targets sbom, scan and artifacts",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 17,
  },
  grypeImage: {
    flag: "--grype-image <image>",
    argument: "CNB_GRYPE_IMAGE",
    setting: "grype-image",
    form: "text",
    read: readToolImage,
    compiled: true,
    text: `Grype image (default: ${grypeImage})`,
    argumentText: "Grype image for the targets scan and artifacts",
    doors: ofImageAnywhere,
    only: "ours",
    recorded: 18,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
