import { diagnose } from "../diagnostics/diagnose.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import { compareTexts } from "./compare-texts.ts";
import { componentsOf } from "./components.ts";
import type { CyclonedxSbom, SbomFile, SbomKind, SpdxSbom, SyftSbom } from "./sbom.ts";
import { parseSbom } from "./sbom.ts";

/** What one layer, or one buildpack, says in each format. Absent: not in this format, or nothing. */
export interface SbomSource {
  /** `acme_npm/node_modules`; empty: the directory that is looked at. */
  readonly directory: string;
  spdx?: SpdxSbom;
  cyclonedx?: CyclonedxSbom;
  syft?: SyftSbom;
}

/** Source: CNB buildpack spec, "Software Bill of Materials"; `sbom.legacy.json` is of another kind. */
const fileNames: ReadonlyMap<string, SbomKind> = new Map([
  ["sbom.spdx.json", "spdx"],
  ["sbom.cdx.json", "cyclonedx"],
  ["sbom.syft.json", "syft"],
]);

/**
 * Reads the buildpacks' bills of materials, by directory and in the order of their names.
 * One that cannot be read is left out with a warning `sbom/left-out`: its author can mend it, the user cannot.
 */
export function readSources(files: Iterable<SbomFile>, report: Report): SbomSource[] {
  const sources = new Map<string, SbomSource>();
  for (const { path, text } of files) {
    const slash = path.lastIndexOf("/");
    const directory = path.slice(0, Math.max(0, slash));
    const kind = fileNames.get(path.slice(slash + 1));
    if (kind === undefined) continue;
    const sbom = parseSbom(kind, text);
    if (typeof sbom === "string") {
      report(diagnose("sbom/left-out", { path, reason: sbom }, { file: path }));
      continue;
    }
    if (componentsOf(sbom).length === 0) continue;
    const source = sources.get(directory) ?? { directory };
    switch (sbom.kind) {
      case "spdx":
        source.spdx = sbom;
        break;
      case "cyclonedx":
        source.cyclonedx = sbom;
        break;
      case "syft":
        source.syft = sbom;
        break;
    }
    sources.set(directory, source);
  }
  return [...sources.values()].sort((a, b) => compareTexts(a.directory, b.directory));
}
