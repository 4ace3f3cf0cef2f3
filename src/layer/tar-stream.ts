import { closeSync, readSync } from "node:fs";
import type { ByteString } from "./byte-string.ts";
import { openPlainFile } from "./plain-path.ts";
import { blockSize, paddingAfter } from "./tar-header.ts";

/** One entry ready to be written: its header blocks and, for a file, where its content is. */
export interface TarItem {
  readonly header: Buffer;
  readonly content?: { readonly path: ByteString; readonly sizeBytes: number };
}

/** Bytes handed over at a time: memory stays flat and a hash is not fed in crumbs. */
const chunkSize = 1 << 20;

/**
 * Writes the stream of `items` and its end (two zero blocks) to `write`, in chunks that are valid during the call only.
 * Stops early when `write` returns false. Throws when a file cannot be read or is shorter than its header says.
 */
export function streamTar(items: Iterable<TarItem>, write: (chunk: Buffer) => boolean | undefined): void {
  const chunk = Buffer.allocUnsafe(chunkSize);
  let used = 0;
  /** Hands over a full chunk, or what there is of the last one. False: the taker has had enough. */
  const flush = (): boolean => {
    const more = used === 0 || write(chunk.subarray(0, used)) !== false;
    used = 0;
    return more;
  };
  const append = (bytes: Buffer): boolean => {
    for (let offset = 0; offset < bytes.length; ) {
      const copied = bytes.copy(chunk, used, offset);
      offset += copied;
      used += copied;
      if (used === chunkSize && !flush()) return false;
    }
    return true;
  };
  const appendFile = (path: ByteString, sizeBytes: number): boolean => {
    const file = openPlainFile(path);
    try {
      for (let left = sizeBytes; left > 0; ) {
        const read = readSync(file, chunk, used, Math.min(left, chunkSize - used), null);
        if (read === 0) throw new Error(`${path} became shorter while it was read`);
        left -= read;
        used += read;
        if (used === chunkSize && !flush()) return false;
      }
    } finally {
      closeSync(file);
    }
    return append(Buffer.alloc(paddingAfter(sizeBytes)));
  };

  for (const { header, content } of items) {
    if (!append(header)) return;
    if (content !== undefined && !appendFile(content.path, content.sizeBytes)) return;
  }
  if (append(Buffer.alloc(2 * blockSize))) flush();
}
