import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import {
  type Entry,
  fromFdPromise,
  fromRandomAccessReaderPromise,
  RandomAccessReader,
  type ZipFile,
} from "yauzl";
import { present } from "../present.ts";
import { ArchiveError } from "./archive-error.ts";
import { type ZipAttributes, zipAttributes, zipName, zipTime } from "./zip-entry.ts";

/** One entry of a zip. */
export interface ZipMember extends ZipAttributes {
  /** Below the archive's root, with `/`, without empty, `.` and `..` parts; empty: the root itself. */
  readonly name: string;
  /** Absent: the archive says nothing that can be a time. */
  readonly time?: Date;
  /** Of its content, as the archive says; other content is an error. */
  readonly sizeBytes: number;
  /** CRC-32 of its content, as the archive says. */
  readonly checksum: number;
  /** Its bytes; of a symlink its target. Can be read once, before the next entry is asked for. */
  readonly content: () => AsyncIterable<Uint8Array>;
}

/** Sizes and places in the record at the end. Source: PKWARE's APPNOTE, 4.3.16. */
const end = { signature: 0x06054b50, size: 22, maxComment: 0xffff } as const;
const directorySignature = 0x02014b50;

/** Bits of an entry's flags. Source: APPNOTE, 4.4.4. */
const flags = { encrypted: 0x1, sizesBehind: 0x8 } as const;
/** A size that stands elsewhere, in a field for files beyond 4 GiB. */
const elsewhere = 0xffffffff;

/** Whether a file is a zip by its end, which is where one begins to be read: a jar can have a shell script before it. */
export function isZip(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    return findEnd(fd) !== undefined;
  } finally {
    closeSync(fd);
  }
}

/**
 * Goes through a zip by its central directory, as pack and Java do, one entry after another. Throws ArchiveError where it is damaged, encrypted,
 * compressed in a way that is not deflate, leads out of its root, or is more than one thing: what its directory says and what
 * stands beside the files has to be the same, and no two entries share bytes.
 */
export async function* readZip(path: string): AsyncGenerator<ZipMember, void, undefined> {
  const fd = openSync(path, "r");
  let zip: ZipFile | undefined;
  let count = 0;
  try {
    zip = await open(fd, path);
    const spans: [start: number, end: number][] = [];
    let cursor = Number(zip.readEntryCursor);
    for await (const entry of zip.eachEntry()) {
      const { fileNameLength, extraFieldLength, fileCommentLength } = entry;
      cursor += 46 + fileNameLength + extraFieldLength + fileCommentLength;
      const name = zipName(entry);
      const start = await startOf(zip, entry);
      spans.push([entry.relativeOffsetOfLocalHeader, start + entry.compressedSize]);
      const time = zipTime(entry);
      yield {
        ...{ name, ...zipAttributes(entry), sizeBytes: entry.uncompressedSize, checksum: entry.crc32 },
        ...present({ time }),
        content: () => contentOf(zip as ZipFile, entry, start),
      };
      count += 1;
    }
    if (count === 0) throw new ArchiveError("it is empty");
    requireWholeDirectory(fd, cursor, fstatSync(fd).size);
    requireApart(spans);
  } catch (error) {
    throw explain(error, count);
  } finally {
    if (zip === undefined) closeSync(fd);
    else zip.close();
  }
}

/** A file that has something before the zip, of which the zip does not know. */
class ShiftedReader extends RandomAccessReader {
  readonly #path: string;
  readonly #fd: number;
  readonly #shiftBytes: number;

  constructor(path: string, fd: number, shiftBytes: number) {
    super();
    this.#path = path;
    this.#fd = fd;
    this.#shiftBytes = shiftBytes;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    // By its path: a stream that is ended early closes what it was given.
    return createReadStream(this.#path, { start: start + this.#shiftBytes, end: end + this.#shiftBytes - 1 });
  }

  override close(callback: (error: Error | null) => void): void {
    closeSync(this.#fd);
    callback(null);
  }
}

async function open(fd: number, path: string): Promise<ZipFile> {
  const found = findEnd(fd);
  if (found === undefined) throw new ArchiveError("its end record is missing; the zip may be truncated");
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: true };
  if (found.shiftBytes === 0) return fromFdPromise(fd, options);
  const reader = new ShiftedReader(path, fd, found.shiftBytes);
  return fromRandomAccessReaderPromise(reader, fstatSync(fd).size - found.shiftBytes, options);
}

/**
 * Looks for the record at the end. Out: by how much the archive's own places are too small, as those of a zip that was put
 * behind something else. Undefined: it is no zip.
 */
function findEnd(fd: number): { readonly shiftBytes: number } | undefined {
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(Math.min(size, end.size + end.maxComment));
  readSync(fd, tail, 0, tail.length, size - tail.length);
  for (let at = tail.length - end.size; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== end.signature) continue;
    if (tail.readUInt16LE(at + 20) !== tail.length - at - end.size) continue;
    const [directorySize, directoryStart] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    if (directorySize === elsewhere || directoryStart === elsewhere) return { shiftBytes: 0 };
    const shiftBytes = size - tail.length + at - directorySize - directoryStart;
    const isMoved = shiftBytes > 0 && signatureAt(fd, directoryStart) !== directorySignature;
    const isThere = isMoved && signatureAt(fd, directoryStart + shiftBytes) === directorySignature;
    return { shiftBytes: isThere ? shiftBytes : 0 };
  }
  return undefined;
}

function signatureAt(fd: number, position: number): number | undefined {
  const bytes = Buffer.alloc(4);
  return readSync(fd, bytes, 0, 4, position) === 4 ? bytes.readUInt32LE() : undefined;
}

/** Where an entry's content begins. Throws ArchiveError where what stands beside it is of another entry. */
async function startOf(zip: ZipFile, entry: Entry): Promise<number> {
  const shown = JSON.stringify(entry.fileNameRaw.toString());
  if (entry.isEncrypted()) throw new ArchiveError(`its entry ${shown} is encrypted`);
  if (!entry.canDecodeFileData()) {
    const method = entry.compressionMethod;
    throw new ArchiveError(`its entry ${shown} uses compression method ${method}; only deflate is supported`);
  }
  const local = await zip.readLocalFileHeaderPromise(entry);
  const sizesAreHere = (local.generalPurposeBitFlag & flags.sizesBehind) === 0;
  const differs =
    !local.fileName.equals(entry.fileNameRaw) ||
    local.compressionMethod !== entry.compressionMethod ||
    (local.generalPurposeBitFlag & flags.encrypted) !== 0 ||
    (sizesAreHere &&
      ((local.compressedSize !== entry.compressedSize && local.compressedSize !== elsewhere) ||
        (local.uncompressedSize !== entry.uncompressedSize && local.uncompressedSize !== elsewhere) ||
        local.crc32 !== entry.crc32));
  if (differs) {
    throw new ArchiveError(`its entry ${shown} differs between the zip's directory and its local header`);
  }
  return local.fileDataStart;
}

async function* contentOf(
  zip: ZipFile,
  entry: Entry,
  start: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { compressedSize, uncompressedSize } = entry;
  const isDeflated = entry.compressionMethod === 8;
  const stream = await promisify(zip.openReadStreamLowLevel.bind(zip))(
    ...([start, compressedSize, 0, compressedSize, isDeflated, uncompressedSize] as const),
  );
  let sum = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    sum = crc32(piece, sum);
    yield piece;
  }
  if (sum === entry.crc32) return;
  throw new ArchiveError(
    `its entry ${JSON.stringify(entry.fileNameRaw.toString())} is damaged: its checksum does not match`,
  );
}

/** The record at the end says how many entries there are; a program that does not count would find more. */
function requireWholeDirectory(fd: number, cursor: number, sizeBytes: number): void {
  const shiftBytes = findEnd(fd)?.shiftBytes ?? 0;
  if (cursor + shiftBytes >= sizeBytes || signatureAt(fd, cursor + shiftBytes) !== directorySignature) return;
  throw new ArchiveError("it has more entries than its end record says");
}

/** Entries that share their bytes become much more than the archive is large. Source: D. Fifield, "A better zip bomb". */
function requireApart(spans: [start: number, end: number][]): void {
  spans.sort(([one], [other]) => one - other);
  for (const [index, [start]] of spans.entries()) {
    const [, endBefore = 0] = spans[index - 1] ?? [];
    if (start < endBefore) throw new ArchiveError("its entries overlap");
  }
}

/** Faults of reading the file stay as they are. In: how many entries were read before. */
function explain(error: unknown, count: number): unknown {
  if (!(error instanceof Error) || error instanceof ArchiveError || "syscall" in error) return error;
  const reason = error.message.replace(/\.$/, "");
  return new ArchiveError(`the zip is damaged after ${count} entries (${reason})`, { cause: error });
}
