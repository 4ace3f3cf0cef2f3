import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";

/** Writes an image of one layer as an OCI layout. In: a directory of its own, the layer's content. Out: as it is known. */
export function writeImageLayout(
  directory: string,
  content: Uint8Array,
): { readonly directory: string; readonly digest: string } {
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
  const put = (bytes: Uint8Array | string, mediaType: string) => {
    const hash = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(directory, "blobs", "sha256", hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  };
  const manifest = {
    config: put('{"os":"linux"}', "application/vnd.oci.image.config.v1+json"),
    layers: [put(zstdCompressSync(content), "application/vnd.oci.image.layer.v1.tar+zstd")],
  };
  const platform = { os: "linux", architecture: "amd64" };
  const index = {
    manifests: [{ ...put(JSON.stringify(manifest), "application/vnd.oci.image.manifest.v1+json"), platform }],
  };
  const top = put(JSON.stringify(index), "application/vnd.oci.image.index.v1+json");
  writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [top] }));
  return { directory, digest: top.digest };
}
