import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { openPlainFile, readFully } from "../../layer/plain-path.ts";
import { streamTar, type TarItem } from "../../layer/tar-stream.ts";

/** Copies a file. Out: what it is. Throws node's error. */
export function copyDigested(
  from: ByteString,
  to: ByteString,
): { readonly sha: string; readonly sizeBytes: number } {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  const source = openPlainFile(from);
  try {
    const target = openSync(bytesOf(to), "wx", 0o644);
    try {
      let sizeBytes = 0;
      for (;;) {
        const part = chunk.subarray(0, readFully(source, chunk));
        if (part.length === 0) return { sha: `sha256:${hash.digest("hex")}`, sizeBytes };
        hash.update(part);
        for (let offset = 0; offset < part.length; ) offset += writeSync(target, part, offset);
        sizeBytes += part.length;
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** Whether the file holds this very stream and its digest is `sha`; stops at the first difference. */
export function holdsStream(path: ByteString, sha: string, items: Iterable<TarItem>): boolean {
  const hash = createHash("sha256");
  const file = openPlainFile(path);
  let other: Buffer = Buffer.alloc(0);
  let same = true;
  try {
    streamTar(items, (chunk) => {
      if (other.length < chunk.length) other = Buffer.allocUnsafe(chunk.length);
      const read = readFully(file, other.subarray(0, chunk.length));
      same = read === chunk.length && chunk.equals(other.subarray(0, read));
      if (same) hash.update(chunk);
      return same;
    });
    return same && readFully(file, Buffer.alloc(1)) === 0 && `sha256:${hash.digest("hex")}` === sha;
  } finally {
    closeSync(file);
  }
}
