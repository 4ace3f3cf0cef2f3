/** Formats that the file `sbom.json` can have. */
export const sbomFormats = ["spdx", "cyclonedx"] as const;
export type SbomFormat = (typeof sbomFormats)[number];
