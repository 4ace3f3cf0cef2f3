import { mkdirSync, readFileSync } from "node:fs";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import type { SbomFile } from "../../sbom/sbom.ts";
import type { Log } from "../log.ts";
import { mergeBuildpackSboms, saidPackageCount, sbomFilesBelow, writeAttachable } from "./buildpack-sboms.ts";
import { type SbomFile as LauncherSbom, launcherSbomDirectory } from "./launcher-sbom.ts";

interface SaidRequest {
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  /** Of the lifecycle's launcher. */
  readonly launcherSboms: readonly LauncherSbom[];
  readonly to: ByteString;
}

/**
 * Writes what buildpacks and lifecycle say of the image's layers as one document of each format: `launch.spdx.json`,
 * `launch.cdx.json`; none where nothing is said. Throws CompileError.
 */
export function writeSaidSbom(request: SaidRequest, log: Log, report: Report): void {
  const { root, layersDirectory, launcherSboms } = request;
  const files = sbomFilesBelow(textOf(root), textOf(`${layersDirectory}/sbom/launch`), report);
  const merged = mergeBuildpackSboms(said(files, launcherSboms), report);
  const to = textOf(request.to);
  mkdirSync(to, { recursive: true });
  writeAttachable(to, "launch", merged, report);
  log(`buildpack SBOMs: ${saidPackageCount(merged)} packages`);
}

function* said(
  files: Iterable<SbomFile>,
  launcher: readonly LauncherSbom[],
): Generator<SbomFile, void, undefined> {
  yield* files;
  for (const { path, name } of launcher) {
    yield {
      path: `${launcherSbomDirectory}/${textOf(name)}`,
      text: readFileSync(bytesOf(path), "utf8"),
    };
  }
}
