import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { packageCount } from "../../sbom/components.ts";
import type { SpdxSbom } from "../../sbom/sbom.ts";
import { predicateTypes, statementOf } from "../../sbom/statement.ts";
import { isFileFault, reasonOf } from "../file-fault.ts";
import { limits } from "../limits.ts";
import type { Log } from "../log.ts";
import { launchSbomsIn, mergeBuildpackSboms, saidPackageCount, tooLargeToAttach } from "./buildpack-sboms.ts";
import { findWithSyft } from "./syft.ts";

/** What BuildKit asks of a scanner; paths are absolute. Source: BuildKit, docs/attestations/sbom-protocol. */
export interface ScannerRequest {
  /** Root file system of the image; like those of `extras`, it is called by the last part of its path. */
  readonly rootfs: string;
  /** Directory of more root file systems, such as those of other stages. Absent, or not there: there are none. */
  readonly extras?: string;
  readonly to: string;
  /** Root of Syft's image. */
  readonly syft: string;
}

/**
 * Writes in-toto statements of each root file system: `NAME.spdx.json` of what Syft finds in it, and, where buildpacks say
 * something, `buildpacks-NAME.spdx.json` of that; a name with its end changed could be that of an extra. All are SPDX, for
 * BuildKit refuses a scan with any other statement. Throws CompileError.
 */
export function writeScans({ rootfs, extras, to, syft }: ScannerRequest, log: Log, report: Report): void {
  writing(to, () => mkdirSync(to, { recursive: true }));
  for (const root of [rootfs, ...rootsIn(extras)]) {
    // Told as a file that cannot be read, and not by Syft.
    readdirSync(root);
    const name = basename(root);
    const found = findWithSyft({ rootfs: root, name, syft });
    writeStatement(join(to, `${name}.spdx.json`), found.spdx);
    const said = mergeBuildpackSboms(launchSbomsIn(root, report), report);
    if (said.spdx !== undefined) writeSaid(join(to, `buildpacks-${name}.spdx.json`), said.spdx, report);
    const counts = [packageCount(found.cyclonedx), saidPackageCount(said)];
    log(`${name}: ${counts[0]} packages; from the buildpacks' SBOMs: ${counts[1]}`);
  }
}

function rootsIn(directory: string | undefined): string[] {
  if (directory === undefined || !existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(directory, name))
    .sort();
}

function writeStatement(path: string, sbom: SpdxSbom): void {
  const bytes = statementBytes(sbom);
  if (bytes.length > limits.statementBytes) {
    const values = { path, sizeBytes: bytes.length, limitBytes: limits.statementBytes };
    throw new CompileError([diagnose("export/scan-too-large", values)]);
  }
  writing(path, () => writeFileSync(path, bytes));
}

/** What buildpacks left is no reason to build no image. */
function writeSaid(path: string, sbom: SpdxSbom, report: Report): void {
  const bytes = statementBytes(sbom);
  if (bytes.length > limits.statementBytes) report(tooLargeToAttach(basename(path), bytes.length));
  else writing(path, () => writeFileSync(path, bytes));
}

function statementBytes({ document }: SpdxSbom): Buffer {
  return Buffer.from(`${JSON.stringify(statementOf(predicateTypes.spdx, document))}\n`);
}

/** Who starts the scanner by hand may name what he cannot write to. Throws CompileError `export/unwritable`. */
function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isFileFault(error)) throw error;
    const reason = reasonOf(error);
    throw new CompileError([diagnose("export/unwritable", { path, reason }, { file: path })], {
      cause: error,
    });
  }
}
