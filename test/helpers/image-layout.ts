import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
    layers: [put(zstdFrame(content), "application/vnd.oci.image.layer.v1.tar+zstd")],
  };
  const platform = { os: "linux", architecture: "amd64" };
  const index = {
    manifests: [{ ...put(JSON.stringify(manifest), "application/vnd.oci.image.manifest.v1+json"), platform }],
  };
  const top = put(JSON.stringify(index), "application/vnd.oci.image.index.v1+json");
  writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [top] }));
  return { directory, digest: top.digest };
}

/** A zstd frame that holds the content as it is; Node.js before 22.15 has no zstd. In: less than 128 KiB. Source: RFC 8878, 3.1.1. */
function zstdFrame(content: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(0xfd2fb528, 0);
  // One segment, whose size is in four bytes.
  head.writeUInt8(0xa0, 4);
  head.writeUInt32LE(content.length, 5);
  // The last block, raw.
  head.writeUIntLE((content.length << 3) | 1, 9, 3);
  return Buffer.concat([head, content]);
}
