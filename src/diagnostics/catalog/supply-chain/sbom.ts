import { error, warning } from "../entry.ts";

/** Faults of bills of materials. */
export const sbomCatalog = {
  "sbom/left-out": warning<{ path: string; reason: string }>({
    summary: "A bill of materials of a buildpack is left out",
    message: ({ path, reason }) => `${path} is left out of the bill of materials: ${reason}.`,
    hint: () => "The image is whole without it. Tell the buildpack's author.",
  }),
  "sbom/unreadable": error<{ path: string; reason: string }>({
    summary: "A bill of materials cannot be read",
    message: ({ path, reason }) => `${path} is no bill of materials that we can read: ${reason}.`,
    hint: () => "Use the version of Syft that is the default, or one that writes SPDX 2.3 and CycloneDX 1.6.",
  }),
};
