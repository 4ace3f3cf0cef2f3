import { readFully } from "../layer/plain-path.ts";

/** The first bytes of an open file, at most so many: it may have become shorter, or longer, since its size was asked. */
export function contentUpTo(file: number, sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes);
  return content.subarray(0, readFully(file, content));
}
