/** Media types that we understand. Source: OCI image spec and Docker's image manifest v2 schema 2. */
export const indexType = "application/vnd.oci.image.index.v1+json";
export const manifestType = "application/vnd.oci.image.manifest.v1+json";
const dockerIndexType = "application/vnd.docker.distribution.manifest.list.v2+json";
const dockerManifestType = "application/vnd.docker.distribution.manifest.v2+json";

/** What a registry is asked for, as a header has it. */
export const acceptedTypes = [indexType, dockerIndexType, manifestType, dockerManifestType].join(", ");

/** Layers: OCI's type, and docker's that says the same. */
const layerTwins: readonly (readonly [oci: string, docker: string])[] = [
  ["application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar"],
  ["application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip"],
  ["application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.docker.image.rootfs.diff.tar.zstd"],
];

export function isIndexType(mediaType: string): boolean {
  return /\.image\.index\.|\.manifest\.list\./.test(mediaType);
}

export function isManifestType(mediaType: string): boolean {
  return /\.image\.manifest\.|\.distribution\.manifest\.v2\+json$/.test(mediaType);
}

/** The type of a layer in a manifest, which has OCI's types or docker's. Undefined: it has no twin, and stays what it is. */
export function layerTypeIn(manifest: string, layer: string): string | undefined {
  const isDocker = manifest.startsWith("application/vnd.docker.");
  return layerTwins.find((twins) => twins.includes(layer))?.[isDocker ? 1 : 0];
}

export function isGzip(layer: string): boolean {
  return layer.endsWith("gzip");
}
