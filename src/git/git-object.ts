import { inflateSync } from "node:zlib";

/** An object of a repository. */
export interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

/** Largest object that is read: a commit is text that somebody wrote. */
export const maxObjectBytes = 2 ** 20;

/** Undefined: it is no zlib stream, or larger than that. What lies behind the stream does not count. */
export function inflate(packed: Uint8Array, maxBytes: number): Buffer | undefined {
  try {
    return inflateSync(packed, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch {
    return undefined;
  }
}
