import { rootOwner } from "../../contract/owner.ts";
import { exportProgram } from "../../contract/program.ts";
import { databaseArgument, failOnArgument, maxDatabaseAgeArgument } from "../../options/step-variables.ts";
import type { InspectionPlan, LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import {
  databaseContext,
  databaseDirectory,
  projectSettingsDirectory,
  sbomDirectory,
  scanConfigContext,
  scanDirectory,
  targetPlatform,
} from "../paths.ts";
import type { Mount, Stage } from "../stage.ts";

const [grype, sbom, database, scanConfig] = ["/run/grype", "/run/sbom", "/run/database", "/run/scan-config"];
/** Id of the secret that holds a CA bundle. */
const caCertificateId = "ca-cert";

/** `grype`: the program that knows what is wrong with what is in an image. */
export function grypeStage({ supplyChain }: InspectionPlan): Stage {
  return {
    name: "grype",
    base: { kind: "image", reference: supplyChain.grype, onBuildPlatform: true },
    purpose: ["grype: finds known vulnerabilities."],
    instructions: [],
  };
}

/**
 * `vulnerability-db-files`: Grype's database. BuildKit asks for the list each time, so a newer database is never answered
 * with a scan by an older one.
 */
export function databaseFilesStage({ supplyChain, secrets }: InspectionPlan): Stage {
  const list = `${databaseDirectory}/latest.json`;
  const certificates = secrets
    .filter(({ id }) => id === caCertificateId)
    .map(({ id, target }): Mount => ({ kind: "secret", id, target, owner: rootOwner }));
  return {
    name: "vulnerability-db-files",
    base: { kind: "stage", name: "tool" },
    purpose: ["vulnerability-db-files: Grype's database, downloaded again when its listing changes."],
    instructions: [
      { kind: "arg", name: databaseArgument, value: supplyChain.database },
      { kind: "add", url: { variable: databaseArgument }, destination: list },
      {
        kind: "run",
        network: true,
        mounts: [{ kind: "bind", from: "grype", source: "/", target: grype }, ...certificates],
        argv: [
          "node",
          exportProgram,
          "vulnerability-db",
          `--grype=${grype}`,
          `--to=${databaseDirectory}/files`,
          ...certificates.map(({ target }) => `--certificates=${target}`),
        ],
      },
    ],
  };
}

/** `vulnerability-db`: the place for a database that whoever builds has already. */
export function databaseStage(): Stage {
  return {
    name: databaseContext,
    base: { kind: "scratch" },
    purpose: [
      "vulnerability-db: the database. To build offline or with your own database, add",
      "`--build-context vulnerability-db=DIRECTORY`, with vulnerability.db or an archive of it.",
    ],
    instructions: [
      {
        kind: "copy",
        from: "vulnerability-db-files",
        source: `${databaseDirectory}/files/`,
        destination: "/",
        link: true,
      },
    ],
  };
}

/** `scan-config`: the place for a Grype configuration; the project may have one. */
export function scanConfigStage({ supplyChain }: InspectionPlan): Stage {
  return {
    name: scanConfigContext,
    base: { kind: "scratch" },
    purpose: [
      "scan-config: the project's Grype configuration, if it has one. To use your own, add",
      "`--build-context scan-config=DIRECTORY`, with one file.",
    ],
    instructions: [
      { kind: "project-file", path: supplyChain.config, destination: `/${projectSettingsDirectory}/` },
    ],
  };
}

/** `scan-files`: findings, with a verdict; it fails for none of them, or nobody could see which they are. */
export function scanFilesStage({ supplyChain }: InspectionPlan): Stage {
  return {
    name: "scan-files",
    base: { kind: "stage", name: "tool" },
    purpose: ["scan-files: the vulnerabilities that Grype finds from the SBOM."],
    instructions: [
      { kind: "arg", name: failOnArgument },
      { kind: "arg", name: maxDatabaseAgeArgument, value: supplyChain.maxDatabaseAge },
      { kind: "arg", name: "SOURCE_DATE_EPOCH" },
      {
        kind: "run",
        network: false,
        mounts: [
          { kind: "bind", from: "sbom-files", source: sbomDirectory, target: sbom },
          { kind: "bind", from: "grype", source: "/", target: grype },
          { kind: "bind", from: "vulnerability-db", source: "/", target: database },
          { kind: "bind", from: scanConfigContext, source: "/", target: scanConfig },
        ],
        argv: [
          "node",
          exportProgram,
          "scan",
          `--sbom=${sbom}`,
          `--grype=${grype}`,
          `--database=${database}`,
          `--config=${scanConfig}`,
          `--project-config=${scanConfig}/${projectSettingsDirectory}`,
          `--to=${scanDirectory}`,
        ],
      },
    ],
  };
}

/** `scan`: the findings as files. */
export function scanStage(): Stage {
  return {
    name: "scan",
    base: { kind: "scratch" },
    purpose: ["scan: exports the vulnerability report as files: `--target scan --output DIRECTORY`."],
    instructions: [
      { kind: "copy", from: "scan-files", source: `${scanDirectory}/`, destination: "/", link: true },
    ],
  };
}

/** `artifacts`: both. */
export function artifactsStage(): Stage {
  const both = ["sbom", "scan"] as const;
  return {
    name: "artifacts",
    base: { kind: "scratch" },
    purpose: ["artifacts: exports the SBOMs and the vulnerability report."],
    instructions: both.map((from) => ({ kind: "copy", from, source: "/", destination: "/", link: true })),
  };
}

/** `export-scanned`: the stage `export` again, of which there is nothing where a finding is too severe. */
export function exportScannedStage(): Stage {
  return {
    name: "export-scanned",
    base: { kind: "stage", name: "export" },
    purpose: [`export-scanned: fails on vulnerabilities of the severity in ${failOnArgument} or higher.`],
    instructions: [
      { kind: "arg", name: targetPlatform },
      {
        kind: "run",
        network: false,
        mounts: [{ kind: "bind", from: "scan-files", source: scanDirectory, target: "/run/scan" }],
        argv: ["node", exportProgram, "gate", "--scan=/run/scan"],
      },
    ],
  };
}

/** `gate`: whether the image waits for the scan. */
export function gateStage({ supplyChain }: LifecyclePlan): Stage {
  const isSet = supplyChain.failOn !== undefined;
  return {
    name: "gate",
    base: { kind: "choice", name: "export", variable: failOnArgument, suffix: "-scanned", isSet },
    purpose: ["gate: provides the image's last layer, so that a failed scan leaves no image."],
    instructions: [],
  };
}
