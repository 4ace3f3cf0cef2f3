import { type GitObject, inflate, maxObjectBytes } from "./git-object.ts";
import { readAt, withFile } from "./small-file.ts";

/** Types by number. Source: gitformat-pack(5), "Object types". */
const types: Readonly<Record<number, string>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const offsetDelta = 6;
const idDelta = 7;
/** Deltas upon deltas. Source: git-pack-objects(1), `--depth`. */
const maxDepth = 4095;

/** An object of a pack. In: the pack's path without `.pack`. Undefined: it is not there, is damaged or too large. */
export function readPackedObject(pack: string, id: string): GitObject | undefined {
  const offset = offsetIn(pack, id);
  if (offset === undefined) return undefined;
  return withFile(`${pack}.pack`, (file, sizeBytes) =>
    readChain(pack, { file, sizeBytes }, offset, id.length / 2),
  );
}

interface PackFile {
  readonly file: number;
  readonly sizeBytes: number;
}

/** Applies the deltas that lead from a whole object to the one at `start`. */
function readChain(pack: string, packFile: PackFile, start: number, idBytes: number): GitObject | undefined {
  const deltas: Buffer[] = [];
  let offset = start;
  let totalBytes = 0;
  while (deltas.length <= maxDepth) {
    const entry = readEntry(packFile, offset, idBytes);
    if (entry === undefined) return undefined;
    totalBytes += entry.content.length;
    if (totalBytes > 64 * maxObjectBytes) return undefined;
    if (entry.base.kind === "none") return applyAll(entry.base.type, entry.content, deltas);
    deltas.push(entry.content);
    const base = entry.base.kind === "offset" ? offset - entry.base.distance : offsetIn(pack, entry.base.id);
    if (base === undefined) return undefined;
    offset = base;
  }
  return undefined;
}

function applyAll(type: string, whole: Buffer, deltas: readonly Buffer[]): GitObject | undefined {
  let content: Buffer | undefined = whole;
  for (const delta of deltas.toReversed()) {
    content = applyDelta(content, delta);
    if (content === undefined) return undefined;
  }
  return { type, content };
}

interface Entry {
  readonly content: Buffer;
  readonly base:
    | { readonly kind: "none"; readonly type: string }
    /** How far before it the base is. */
    | { readonly kind: "offset"; readonly distance: number }
    | { readonly kind: "id"; readonly id: string };
}

/** Source: gitformat-pack(5), "pack-*.pack files have the following format". */
function readEntry({ file, sizeBytes }: PackFile, offset: number, idBytes: number): Entry | undefined {
  // Behind the last entry lies the pack's checksum.
  const end = sizeBytes - idBytes;
  if (offset < 12 || offset >= end) return undefined;
  const head = new Bytes(readAt(file, offset, Math.min(64, end - offset)));
  const first = head.byte();
  const type = (first >> 4) & 7;
  const size = (first & 15) + (first & 128 ? head.littleNumber() * 16 : 0);
  if (size > maxObjectBytes) return undefined;
  const base = readBase(type, head, idBytes);
  if (base === undefined || head.isOver) return undefined;
  const start = offset + head.at;
  // What cannot be compressed is stored in blocks with five bytes each; the rest of the margin is for the stream's ends.
  const packed = readAt(file, start, Math.min(size + (size >> 10) + 128, end - start));
  const content = packed && inflate(packed, size);
  return content?.length === size ? { content, base } : undefined;
}

function readBase(type: number, head: Bytes, idBytes: number): Entry["base"] | undefined {
  if (type === offsetDelta) {
    const distance = head.bigNumber();
    return distance > 0 ? { kind: "offset", distance } : undefined;
  }
  if (type === idDelta) return { kind: "id", id: head.hex(idBytes) };
  const name = types[type];
  return name === undefined ? undefined : { kind: "none", type: name };
}

/** Source: gitformat-pack(5), "Deltified representation". */
function applyDelta(base: Buffer, delta: Buffer): Buffer | undefined {
  const from = new Bytes(delta);
  if (from.littleNumber() !== base.length) return undefined;
  const size = from.littleNumber();
  if (size > maxObjectBytes) return undefined;
  const result = Buffer.alloc(size);
  let done = 0;
  while (from.at < delta.length) {
    const order = from.byte();
    let part: Buffer;
    if (order & 128) {
      const [start, length] = [from.masked(order, 4), from.masked(order >> 4, 3) || 0x10000];
      if (start + length > base.length) return undefined;
      part = base.subarray(start, start + length);
    } else {
      part = delta.subarray(from.at, from.at + order);
      from.at += order;
      if (order === 0) return undefined;
    }
    if (from.isOver || done + part.length > size) return undefined;
    part.copy(result, done);
    done += part.length;
  }
  return done === size ? result : undefined;
}

/**
 * Where an object begins in a pack. Undefined: it is not in it, or the index is none of version 2, which git has written
 * since 2007. Source: gitformat-pack(5), "Version 2 pack-*.idx files".
 */
function offsetIn(pack: string, id: string): number | undefined {
  const idBytes = id.length / 2;
  return withFile(`${pack}.idx`, (file) => {
    const head = readAt(file, 0, 8 + 4 * 256);
    if (head?.readUInt32BE(0) !== 0xff744f63 || head.readUInt32BE(4) !== 2) return undefined;
    const wanted = Buffer.from(id, "hex");
    const fanout = (index: number) => (index < 0 ? 0 : head.readUInt32BE(8 + 4 * index));
    const count = fanout(255);
    let [low, high] = [fanout((wanted[0] ?? 0) - 1), fanout(wanted[0] ?? 0)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = readAt(file, head.length + middle * idBytes, idBytes);
      if (found === undefined) return undefined;
      const order = wanted.compare(found);
      if (order === 0) return readOffset(file, head.length + count * (idBytes + 4), middle, count);
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  });
}

/** In: where the table of offsets begins; behind it lie those that need more than 31 bits. */
function readOffset(file: number, table: number, index: number, count: number): number | undefined {
  const offset = readAt(file, table + 4 * index, 4)?.readUInt32BE(0);
  if (offset === undefined || offset < 2 ** 31) return offset;
  const large = readAt(file, table + 4 * count + 8 * (offset - 2 ** 31), 8)?.readBigUInt64BE(0);
  return large === undefined || large > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(large);
}

/** Reads on, and remembers when it has read too far. */
class Bytes {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.at > this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.at] ?? 0;
    this.at += 1;
    return value;
  }

  hex(length: number): string {
    this.at += length;
    return this.#bytes.toString("hex", this.at - length, this.at);
  }

  /** Seven bits a byte, the lowest first. */
  littleNumber(): number {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
      if ((byte & 128) === 0 || this.isOver || factor > 2 ** 49) return value;
    }
  }

  /** Seven bits a byte, the highest first, each further byte counting from one. */
  bigNumber(): number {
    let byte = this.byte();
    let value = byte & 127;
    while (byte & 128 && !this.isOver && value < 2 ** 45) {
      byte = this.byte();
      value = (value + 1) * 128 + (byte & 127);
    }
    return value;
  }

  /** A number of which only the bytes are there whose bits are set, the lowest first. */
  masked(bits: number, count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      if (bits & (1 << index)) value += this.byte() * 2 ** (8 * index);
    }
    return value;
  }
}
