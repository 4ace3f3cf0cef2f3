import { gzipSync } from "node:zlib";
import { tarHeader } from "../../src/layer/tar-header.ts";

const blockBytes = 64 * 2 ** 20;
let block: Buffer | undefined;

/** Zeros, gzipped to a thousandth. In: a multiple of 64 MiB. */
export function gzippedZeros(sizeBytes: number): Buffer {
  block ??= gzipSync(Buffer.alloc(blockBytes));
  // Several members of gzip are one stream.
  return Buffer.concat(Array.from({ length: sizeBytes / blockBytes }, () => block ?? Buffer.alloc(0)));
}

function header(name: string, size: number): Buffer {
  return tarHeader({
    ...{ kind: "file", mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1, link: "" },
    ...{ name, size },
  });
}

/** A gzipped tar of `before` and a file of zeros. In: a multiple of 64 MiB. */
export function zerosArchive(before: Buffer, name: string, sizeBytes: number): Buffer {
  const beginning = before.subarray(0, before.length - 1024);
  return Buffer.concat([
    gzipSync(Buffer.concat([beginning, header(name, sizeBytes)])),
    gzippedZeros(sizeBytes),
    gzipSync(Buffer.alloc(1024)),
  ]);
}

/** A gzipped tar of empty files. */
export function entriesArchive(count: number): Buffer {
  const headers = Array.from({ length: count }, (_, index) => header(`f${index}`, 0));
  return gzipSync(Buffer.concat([...headers, Buffer.alloc(1024)]));
}
