import { readSync } from "node:fs";

/** The first bytes of an open file, at most so many: it may have become shorter, or longer, since its size was asked. */
export function contentUpTo(file: number, sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes);
  let length = 0;
  for (let read = -1; read !== 0 && length < content.length; length += read) {
    read = readSync(file, content, length, content.length - length, null);
  }
  return content.subarray(0, length);
}
