import { mkdirSync, readFileSync } from "node:fs";
import type { Report } from "../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../layer/byte-string.ts";
import { below } from "../layer/walk.ts";
import type { SbomFile } from "../sbom/sbom.ts";
import { mergeBuildpackSboms, saidPackageCount, sbomFilesBelow, writeMerged } from "./buildpack-sboms.ts";
import { findLauncherSboms, type SbomFile as LauncherSbom, launcherSbomDirectory } from "./launcher-sbom.ts";
import type { Log } from "./log.ts";

export interface SaidRequest {
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  readonly lifecycleDirectory: ByteString;
  readonly to: ByteString;
}

/**
 * Writes what buildpacks and lifecycle say of the image's layers as one document of each format: `launch.spdx.json`,
 * `launch.cdx.json`; none where nothing is said. Throws CompileError.
 */
export function writeSaidSbom(request: SaidRequest, log: Log, report: Report): void {
  const { root, layersDirectory, lifecycleDirectory } = request;
  const launch = textOf(below(root, `${layersDirectory}/sbom/launch`));
  const merged = mergeBuildpackSboms(
    said(launch, findLauncherSboms(root, lifecycleDirectory, report)),
    report,
  );
  const to = textOf(request.to);
  mkdirSync(to, { recursive: true });
  writeMerged(to, "launch", merged);
  log(`the buildpacks say of ${saidPackageCount(merged)} packages`);
}

function* said(launch: string, launcher: readonly LauncherSbom[]): Generator<SbomFile, void, undefined> {
  yield* sbomFilesBelow(launch);
  for (const { path, name } of launcher) {
    yield {
      path: `${launcherSbomDirectory}/${textOf(name)}`,
      text: readFileSync(bytesOf(path), "utf8"),
    };
  }
}
