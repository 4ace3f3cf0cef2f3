import type { FileHandle } from "node:fs/promises";
import { ArchiveError } from "./archive-error.ts";
import { readTar, type TarMember } from "./tar.ts";
import { UnpackBudget, usualLimits } from "./unpack-budget.ts";

/** First bytes of files that are no tar but are taken for one now and then. */
const foreign: readonly (readonly [string, readonly number[]])[] = [
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["bzip2", [0x42, 0x5a, 0x68]],
];
const gzip = [0x1f, 0x8b, 0x08];

/** The format of a file that is neither a tar nor gzipped, by its first bytes. Undefined: none that we know. */
export function foreignFormat(head: Uint8Array): string | undefined {
  return foreign.find(([, magic]) => startsWith(head, magic))?.[0];
}

/** In: a file's first bytes. */
export function isGzip(head: Uint8Array): boolean {
  return startsWith(head, gzip);
}

/** Bytes read at a time. */
const chunkSize = 1 << 18;

/** A tar, plain or gzipped, that can be gone through several times. Does not close the file. */
export class ArchiveFile {
  readonly #file: FileHandle;
  readonly #gzipped: boolean;

  private constructor(file: FileHandle, gzipped: boolean) {
    this.#file = file;
    this.#gzipped = gzipped;
  }

  /** Source: pack, which tells a gzipped archive by its content, not its name. Throws ArchiveError. */
  static async open(file: FileHandle): Promise<ArchiveFile> {
    const head = new Uint8Array(8);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead === 0) throw new ArchiveError("it is an empty file");
    const format = foreignFormat(head);
    if (format !== undefined) {
      throw new ArchiveError(`it is a ${format} file; a buildpack must be a tar, plain or gzipped`);
    }
    return new ArchiveFile(file, isGzip(head));
  }

  /**
   * Everything in it, in its order. In: what is left of what it may become. Throws ArchiveError, or node's error where the
   * file cannot be read.
   */
  members(budget = new UnpackBudget(usualLimits)): AsyncGenerator<TarMember, void, undefined> {
    return readTar(budget.unpack(chunksOf(this.#file), this.#gzipped), budget);
  }
}

/** Read by position, so that each run begins at the start, and without closing the file, as its own stream does. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
