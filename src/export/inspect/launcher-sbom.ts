import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, textOf } from "../../layer/byte-string.ts";
import { plainStats } from "../../layer/plain-path.ts";
import { below } from "../../layer/walk.ts";

/** A bill of materials of the launcher, and the name it has in the image. */
export interface SbomFile {
  readonly path: ByteString;
  readonly name: ByteString;
}

/** Below `<layers>/sbom/launch`. Source: CNB platform spec, "exporter". */
export const launcherSbomDirectory = "buildpacksio_lifecycle/launcher";

const formats = ["cdx", "spdx", "syft"] as const;

/** What the lifecycle brings about its launcher; what it lacks is only reported. */
export function findLauncherSboms(
  root: ByteString,
  lifecycleDirectory: ByteString,
  report: Report,
): SbomFile[] {
  return formats.flatMap((format) => {
    const file = `${lifecycleDirectory}/launcher.sbom.${format}.json`;
    const path = below(root, file);
    if (plainStats(root, file)?.isFile() === true) return [{ path, name: `sbom.${format}.json` }];
    report(diagnose("export/no-launcher-sbom", { path: textOf(path) }));
    return [];
  });
}
