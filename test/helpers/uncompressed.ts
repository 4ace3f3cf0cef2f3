import { gunzipSync, zstdDecompressSync } from "node:zlib";

/** A blob's content: what is in gzip or zstd, or the blob as it is. */
export function uncompressed(blob: Buffer): Buffer {
  if (blob.length < 4) return blob;
  if (blob.readUInt16BE(0) === 0x1f8b) return gunzipSync(blob);
  return blob.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(blob) : blob;
}
