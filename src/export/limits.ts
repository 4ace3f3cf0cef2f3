/**
 * How much of what buildpacks left is read at once, in bytes; what is larger would exhaust memory, and no honest buildpack
 * comes near. Told to users in docs/guides/supply-chain.md ("Limits").
 */
export const limits = {
  /** Of one TOML file that a buildpack or the lifecycle left, and of all that the image's labels are made of. */
  metadataBytes: 4 * 2 ** 20,
  /** Of one bill of materials. */
  sbomBytes: 32 * 2 ** 20,
  /** Of all bills of materials together that become one document. */
  allSbomsBytes: 64 * 2 ** 20,
  /** Of one statement that is attached to an image. Source: BuildKit, exporter/attestation. */
  statementBytes: 80 * 2 ** 20,
  /** Of one CA bundle. Source: BuildKit, executor/proxyca_linux.go, which adds to none that is larger. */
  certificatesBytes: 10 * 2 ** 20,
  /** Of all files that are searched for a certificate of BuildKit's proxy. */
  lookedThroughBytes: 4 * 2 ** 30,
  /** Of what detection says. */
  detectionLogBytes: 4 * 2 ** 20,
  /** Of the file that describes the cache; a mount may hold anything. */
  cacheMetadataBytes: 16 * 2 ** 20,
} as const;

/** Tables and arrays in each other. */
export const maxNesting = 100;

/** Linux lays no more directories over each other (overlayfs, OVL_MAX_STACK), so no container could start. */
export const maxLaunchLayers = 500;
