import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { ArchiveError } from "./archive-error.ts";

/** What an archive may become at most. */
export interface UnpackLimits {
  readonly sizeBytes: number;
  readonly entries: number;
  /** Unpacked bytes for each packed one. Absent: any. */
  readonly ratio?: number;
}

/** Below it the ratio does not count: a small archive of zeros is no danger. */
const ratioFloorBytes = 256 * 2 ** 20;

/**
 * For archives of sources and of buildpacks. gzip makes a thousandth of zeros, a fifth to a tenth of code; the largest
 * buildpacks have some hundred megabytes.
 */
export const usualLimits: UnpackLimits = { sizeBytes: 4 * 2 ** 30, entries: 1_000_000, ratio: 100 };

/** What to do about a buildpack that goes beyond a limit; finishes the sentence. */
export const withoutLimits = "a directory in the project or an image in a registry has no such limit";

/** An archive goes beyond a limit. The message is that of ArchiveError. */
export class UnpackLimitError extends ArchiveError {
  readonly limit: keyof UnpackLimits;

  constructor(limit: keyof UnpackLimits, message: string) {
    super(message);
    this.limit = limit;
  }
}

/** Bytes read at a time. */
const chunkSize = 1 << 18;

/** Counts what comes out of an archive while it comes, and of the archives in it. Each limit ends the reading at once. */
export class UnpackBudget {
  readonly #limits: UnpackLimits;
  #packedBytes = 0;
  #unpackedBytes = 0;
  #entries = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /** What `packed` holds, gunzipped where that is asked for; its faults are those of the result. Throws UnpackLimitError. */
  unpack(packed: AsyncIterable<Uint8Array>, gzipped: boolean): AsyncGenerator<Uint8Array, void, undefined> {
    const counted = this.#countPacked(packed);
    if (!gzipped) return this.#countUnpacked(counted);
    const bytes = pipeline(Readable.from(counted, { objectMode: false }), createGunzip({ chunkSize }), () => {
      // The result is read to its end or its fault by whoever asked for it.
    });
    return this.#countUnpacked(bytes);
  }

  /** What somebody else unpacks of an archive of `packedBytes`. Throws UnpackLimitError. */
  count(
    unpacked: AsyncIterable<Uint8Array>,
    packedBytes: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    this.#packedBytes += packedBytes;
    return this.#countUnpacked(unpacked);
  }

  /** To be called for each entry. Throws UnpackLimitError. */
  countEntry(): void {
    this.#entries += 1;
    const { entries } = this.#limits;
    if (this.#entries <= entries) return;
    throw new UnpackLimitError("entries", `it has more than ${entries} entries`);
  }

  async *#countPacked(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of packed) {
      this.#packedBytes += piece.length;
      yield piece;
    }
  }

  async *#countUnpacked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const { sizeBytes, ratio = Number.POSITIVE_INFINITY } = this.#limits;
    for await (const piece of bytes) {
      this.#unpackedBytes += piece.length;
      if (this.#unpackedBytes > sizeBytes) {
        throw new UnpackLimitError("sizeBytes", `it unpacks to more than ${readableSize(sizeBytes)}`);
      }
      if (this.#unpackedBytes > ratioFloorBytes && this.#unpackedBytes > ratio * this.#packedBytes) {
        throw new UnpackLimitError("ratio", `it unpacks to more than ${ratio} times its size`);
      }
      yield piece;
    }
  }
}

/** `4 GiB`, `1.5 MiB`. */
export function readableSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes) / 10)));
  return `${Number((bytes / 2 ** (10 * power)).toFixed(2))} ${units[power]}`;
}
