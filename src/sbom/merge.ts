import type { Report } from "../diagnostics/diagnostic.ts";
import { present } from "../present.ts";
import { mergeCyclonedx } from "./cyclonedx/merge-cyclonedx.ts";
import type { DocumentIdentity } from "./identity.ts";
import type { CyclonedxSbom, SbomFile, SpdxSbom, SyftSbom } from "./sbom.ts";
import { readSources } from "./sources.ts";
import { mergeSpdx } from "./spdx/merge-spdx.ts";
import { mergeSyft } from "./syft/merge-syft.ts";

/** One document of each format. Absent: nothing to say in it. */
export interface MergedSboms {
  /** Speaks for all that any file names. */
  readonly spdx?: SpdxSbom;
  /** Speaks for all that any file names. */
  readonly cyclonedx?: CyclonedxSbom;
  /** Speaks for the files of this format alone. */
  readonly syft?: SyftSbom;
}

/**
 * Turns the buildpacks' bills of materials into one of each format, the same whatever the order of the files.
 * In: files below `sbom/launch` or `sbom/build`, each path once; they are read one after the other, so a generator need
 * not hold all texts. Files of other names are none; one that is not what its name says is left out with a warning
 * `sbom/left-out`.
 * Source: CNB buildpack spec, "Software Bill of Materials".
 */
export function mergeSboms(
  files: Iterable<SbomFile>,
  identity: DocumentIdentity,
  report: Report,
): MergedSboms {
  const sources = readSources(files, report);
  const spdx = mergeSpdx(sources, identity);
  const cyclonedx = mergeCyclonedx(sources, identity);
  const syft = mergeSyft(sources, identity, report);
  return {
    ...present({ spdx, cyclonedx, syft }),
  };
}
