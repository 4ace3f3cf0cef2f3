import { error, warning } from "../entry.ts";

/** Faults of bills of materials. */
export const sbomCatalog = {
  "sbom/left-out": warning<{ path: string; reason: string }>({
    summary: "An SBOM of a buildpack is left out",
    message: ({ path, reason }) => `${path} is left out of the SBOM: ${reason}.`,
    hint: () => "The image itself is complete. Tell the buildpack's author.",
  }),
  "sbom/unreadable": error<{ path: string; reason: string }>({
    summary: "An SBOM cannot be read",
    message: ({ path, reason }) => `${path} is not a readable SBOM: ${reason}.`,
    hint: () => "Use the default version of Syft, or one that writes SPDX 2.3 and CycloneDX 1.6.",
  }),
};
