import type { Owner } from "../contract/owner.ts";
import { type ByteString, bytesOf } from "./byte-string.ts";

/** One entry of a tar stream. Names and links are bytes, times whole seconds. */
export interface TarEntry extends Owner {
  readonly name: ByteString;
  readonly kind: "file" | "hardlink" | "symlink" | "directory" | "fifo";
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  /** Bytes of content that follow; 0 for everything but files. */
  readonly size: number;
  /** Since 1970; may be before. */
  readonly mtimeSeconds: number;
  /** Target of a symlink, first name of a hard link; empty otherwise. */
  readonly link: ByteString;
}

export const blockSize = 512;

const typeFlags = { file: "0", hardlink: "1", symlink: "2", directory: "5", fifo: "6" } as const;

/** Sizes of the USTAR fields, in bytes. Source: POSIX pax, "ustar Interchange Format". */
const nameSize = 100;
const prefixSize = 155;

/**
 * The header blocks of an entry exactly as Go's archive/tar writes them: USTAR where the entry fits, else a PAX
 * record before it. Out: a multiple of 512 bytes. Source: CNB platform spec, "exporter", buildkit.md §5.
 */
export function tarHeader(entry: TarEntry): Buffer {
  const name = Buffer.from(entry.name, "latin1");
  const split = isLongOrForeign(name) ? splitName(name) : undefined;
  const records = paxRecords(entry);
  const fitsUstar = records.every(([key]) => key === "path" && split !== undefined);
  if (fitsUstar) {
    const [prefix, rest] = split ?? [Buffer.alloc(0), name];
    return headerBlock({ ...entry, nameField: rest, linkField: bytesOf(entry.link), prefix });
  }
  const data = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  return Buffer.concat([
    paxHeaderBlock(entry.name, data.length),
    data,
    Buffer.alloc(paddingAfter(data.length)),
    headerBlock({
      ...entry,
      nameField: asciiOnly(name),
      linkField: asciiOnly(bytesOf(entry.link)),
      prefix: Buffer.alloc(0),
    }),
  ]);
}

/** Zero bytes that fill up the last block of `sizeBytes` of content. */
export function paddingAfter(sizeBytes: number): number {
  return (blockSize - (sizeBytes % blockSize)) % blockSize;
}

/** What USTAR cannot say, sorted by key. A path that USTAR can split is listed too: it counts once a record is needed. */
function paxRecords(entry: TarEntry): [string, Buffer][] {
  const link = bytesOf(entry.link);
  const name = bytesOf(entry.name);
  const records: [string, Buffer][] = [];
  if (!fitsOctal(entry.gid, 8)) records.push(["gid", Buffer.from(String(entry.gid))]);
  if (isLongOrForeign(link)) records.push(["linkpath", link]);
  if (!fitsOctal(entry.mtimeSeconds, 12)) records.push(["mtime", Buffer.from(String(entry.mtimeSeconds))]);
  if (isLongOrForeign(name)) records.push(["path", name]);
  if (!fitsOctal(entry.size, 12)) records.push(["size", Buffer.from(String(entry.size))]);
  if (!fitsOctal(entry.uid, 8)) records.push(["uid", Buffer.from(String(entry.uid))]);
  return records;
}

/** `SIZE KEY=VALUE\n`, where SIZE counts its own digits. */
function paxRecord(key: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let size = body.length;
  while (String(size).length + body.length !== size) size = String(size).length + body.length;
  return Buffer.concat([Buffer.from(String(size)), body]);
}

/** The header of a PAX record: named after its entry, everything else zero. */
function paxHeaderBlock(name: ByteString, size: number): Buffer {
  const slash = name.lastIndexOf("/") + 1;
  const special = cleanPath(`${name.slice(0, slash)}PaxHeaders.0/${name.slice(slash)}`);
  const nameField = Buffer.from(
    asciiOnly(bytesOf(special)).toString("latin1").slice(0, nameSize).replace(/\/+$/, ""),
  );
  const block = Buffer.alloc(blockSize);
  writeCommon(block, { nameField, mode: 0, uid: 0, gid: 0, size, mtimeSeconds: 0, typeFlag: "x" });
  return withChecksum(block);
}

function headerBlock(
  entry: TarEntry & { readonly nameField: Buffer; readonly linkField: Buffer; readonly prefix: Buffer },
): Buffer {
  const block = Buffer.alloc(blockSize);
  writeCommon(block, { ...entry, typeFlag: typeFlags[entry.kind] });
  writeText(block, entry.linkField, 157, nameSize);
  block.write("0000000\0", 329, "latin1");
  block.write("0000000\0", 337, "latin1");
  writeText(block, entry.prefix, 345, prefixSize);
  return withChecksum(block);
}

interface CommonFields extends Owner {
  readonly nameField: Buffer;
  readonly mode: number;
  readonly size: number;
  readonly mtimeSeconds: number;
  readonly typeFlag: string;
}

function writeCommon(block: Buffer, fields: CommonFields): void {
  writeText(block, fields.nameField, 0, nameSize);
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, fields.uid, 108, 8);
  writeOctal(block, fields.gid, 116, 8);
  writeOctal(block, fields.size, 124, 12);
  writeOctal(block, fields.mtimeSeconds, 136, 12);
  block.write(fields.typeFlag, 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
}

/** Of slashes that a text cut at `size` would end in, Go makes the first a NUL and leaves the others behind it. */
function writeText(block: Buffer, text: Buffer, offset: number, size: number): void {
  text.copy(block, offset, 0, size);
  if (text.length <= size || text[size - 1] !== 0x2f) return;
  let end = size - 1;
  while (end > 0 && text[end - 1] === 0x2f) end -= 1;
  block[offset + end] = 0;
}

/** A number that does not fit is written as 0; its PAX record holds it. */
function writeOctal(block: Buffer, value: number, offset: number, size: number): void {
  const digits = (fitsOctal(value, size) ? value : 0).toString(8).padStart(size - 1, "0");
  block.write(`${digits}\0`, offset, "latin1");
}

function fitsOctal(value: number, size: number): boolean {
  return value >= 0 && value < 8 ** (size - 1);
}

function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function isAscii(text: Buffer): boolean {
  return text.every((byte) => byte < 0x80);
}

function isLongOrForeign(text: Buffer): boolean {
  return text.length > nameSize || !isAscii(text);
}

function asciiOnly(text: Buffer): Buffer {
  return isAscii(text) ? text : Buffer.from(text.filter((byte) => byte < 0x80));
}

/** Prefix and rest of a long name at the last slash that USTAR can use. Undefined: it has none. */
function splitName(name: Buffer): readonly [Buffer, Buffer] | undefined {
  if (!isAscii(name)) return undefined;
  const endsInSlash = name[name.length - 1] === 0x2f;
  const length = name.length > prefixSize + 1 ? prefixSize + 1 : name.length - (endsInSlash ? 1 : 0);
  const slash = name.subarray(0, length).lastIndexOf(0x2f);
  const rest = name.length - slash - 1;
  if (slash <= 0 || slash > prefixSize || rest === 0 || rest > nameSize) return undefined;
  return [name.subarray(0, slash), name.subarray(slash + 1)];
}

/** Names come from a walk, so only doubled slashes and a slash at the end are there to clean. */
function cleanPath(path: ByteString): ByteString {
  return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
}
