import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic, Report } from "../../diagnostics/diagnostic.ts";
import { byteStringOf, textOf } from "../../layer/byte-string.ts";
import { hasPlainDirectory, readPlainFile } from "../../layer/plain-path.ts";
import { below, OddEntryError, walkTree } from "../../layer/walk.ts";
import { present } from "../../present.ts";
import { packageCount } from "../../sbom/components.ts";
import { type MergedSboms, mergeSboms } from "../../sbom/merge.ts";
import { contentIdentity, repeatable } from "../../sbom/repeatable.ts";
import { type SbomFile, sbomText } from "../../sbom/sbom.ts";
import { kindNames } from "../file-fault.ts";
import { limits } from "../limits.ts";
import { createdTime } from "./created-time.ts";

/** Documents whose identity is what is in them, so that the same layers have the same ones in any image. */
export function mergeBuildpackSboms(files: Iterable<SbomFile>, report: Report): MergedSboms {
  const created = createdTime();
  const { spdx, cyclonedx, syft } = mergeSboms(files, { identity: "", created }, report);
  return {
    ...(spdx === undefined ? {} : { spdx: repeatable(spdx, { identity: contentIdentity(spdx), created }) }),
    ...(cyclonedx === undefined
      ? {}
      : { cyclonedx: repeatable(cyclonedx, { identity: contentIdentity(cyclonedx), created }) }),
    ...present({ syft }),
  };
}

/** How many packages the buildpacks name. */
export function saidPackageCount({ cyclonedx }: MergedSboms): number {
  return cyclonedx === undefined ? 0 : packageCount(cyclonedx);
}

/** Writes each document that there is, as `launch.cdx.json`. In: the name's beginning. */
export function writeMerged(directory: string, name: string, merged: MergedSboms): void {
  for (const { file, text } of mergedTexts(name, merged)) writeFileSync(join(directory, file), text);
}

/** The same of what is to be attached to the image; one that BuildKit would refuse is left out with a warning. */
export function writeAttachable(directory: string, name: string, merged: MergedSboms, report: Report): void {
  for (const { file, text } of mergedTexts(name, merged)) {
    const sizeBytes = Buffer.byteLength(text);
    // BuildKit wraps it into a statement.
    if (sizeBytes > limits.statementBytes - 2 ** 16) report(tooLargeToAttach(file, sizeBytes));
    else writeFileSync(join(directory, file), text);
  }
}

function* mergedTexts(
  name: string,
  { spdx, cyclonedx, syft }: MergedSboms,
): Generator<{ readonly file: string; readonly text: string }, void, undefined> {
  for (const [extension, sbom] of Object.entries({ spdx, cdx: cyclonedx, syft })) {
    if (sbom !== undefined) yield { file: `${name}.${extension}.json`, text: sbomText(sbom) };
  }
}

export function tooLargeToAttach(path: string, sizeBytes: number): Diagnostic {
  const reason = `it would have ${inMebibytes(sizeBytes)}, and BuildKit attaches at most ${inMebibytes(limits.statementBytes)}`;
  return diagnose("sbom/left-out", { path, reason }, { file: path });
}

function inMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** Where an image of buildpacks has its layers. Source: CNB platform spec, `CNB_LAYERS_DIR`. */
const layersDirectory = "layers";

/** What the buildpacks say of an image, in that image. In: its root. */
export function launchSbomsIn(rootfs: string, report: Report): Iterable<SbomFile> {
  return sbomFilesBelow(rootfs, `/${layersDirectory}/sbom/launch`, report);
}

/**
 * Bills of materials below a directory, one text at a time. None where it is not there. No link is followed; what is too
 * large is left out with a warning `sbom/left-out`, each by itself and from where all together are. In: the directory that
 * stands for `/`, and an absolute path in it.
 */
export function* sbomFilesBelow(
  root: string,
  directory: string,
  report: Report,
): Generator<SbomFile, void, undefined> {
  const [top, start] = [byteStringOf(root), byteStringOf(directory)];
  const leaveOut = (path: string, reason: string) =>
    report(diagnose("sbom/left-out", { path, reason }, { file: path }));
  try {
    if (!hasPlainDirectory(top, start)) return;
  } catch (error) {
    if (!(error instanceof OddEntryError)) throw error;
    leaveOut(textOf(error.path), `it is a ${kindNames[error.kind]}; links are not followed`);
    return;
  }
  let total = 0;
  for (const { name, stats } of walkTree(below(top, start), "")) {
    if (!stats.isFile() || !/\/sbom\.(?:spdx|cdx|syft)\.json$/.test(name)) continue;
    const path = textOf(name.slice(1));
    const limit = Math.min(limits.sbomBytes, limits.allSbomsBytes - total);
    if (stats.size > limit) {
      leaveOut(path, tooLarge(stats.size, limit === limits.sbomBytes));
      continue;
    }
    const content = readPlainFile(top, `${start}${name}`, limit);
    if (content === undefined) continue;
    total += content.length;
    yield { path, text: content.toString("utf8") };
  }
}

function tooLarge(sizeBytes: number, isAlone: boolean): string {
  return isAlone
    ? `it has ${inMebibytes(sizeBytes)}; the limit is ${inMebibytes(limits.sbomBytes)}`
    : `with its ${inMebibytes(sizeBytes)}, all SBOMs together exceed ${inMebibytes(limits.allSbomsBytes)}`;
}
