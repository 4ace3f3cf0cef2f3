import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Report } from "../diagnostics/diagnostic.ts";
import { packageCount } from "../sbom/component.ts";
import { type MergedSboms, mergeSboms } from "../sbom/merge.ts";
import { contentIdentity, repeatable } from "../sbom/repeatable.ts";
import { type SbomFile, sbomText } from "../sbom/sbom.ts";
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
    ...(syft === undefined ? {} : { syft }),
  };
}

/** How many packages the buildpacks name. */
export function saidPackageCount({ cyclonedx }: MergedSboms): number {
  return cyclonedx === undefined ? 0 : packageCount(cyclonedx);
}

/** Writes each document that there is, as `launch.cdx.json`. In: the name's beginning. */
export function writeMerged(directory: string, name: string, { spdx, cyclonedx, syft }: MergedSboms): void {
  for (const [extension, sbom] of Object.entries({ spdx, cdx: cyclonedx, syft })) {
    if (sbom !== undefined) writeFileSync(join(directory, `${name}.${extension}.json`), sbomText(sbom));
  }
}

/** Where an image of buildpacks has its layers. Source: CNB platform spec, `CNB_LAYERS_DIR`. */
const layersDirectory = "layers";

/** What the buildpacks say of an image, in that image. In: its root. */
export function launchSbomsIn(rootfs: string): Iterable<SbomFile> {
  return sbomFilesBelow(join(rootfs, layersDirectory, "sbom/launch"));
}

/** Bills of materials below a directory, one text at a time, for one may have 30 MB. None where it is not there. */
export function* sbomFilesBelow(directory: string): Generator<SbomFile, void, undefined> {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/^sbom\.(?:spdx|cdx|syft)\.json$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    yield { path: relative(directory, path), text: readFileSync(path, "utf8") };
  }
}
