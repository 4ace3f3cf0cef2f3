import { crc32, deflateRawSync } from "node:zlib";

/** An entry of a zip, also one that no ordinary program would write. */
export interface OddZipEntry {
  /** In UTF-8, or as bytes. */
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** Of Unix, with the bits of its type; absent: 0100644. */
  readonly mode?: number;
  /** Upper byte of "version made by"; absent: 3, Unix. */
  readonly host?: number;
  /** In place of the mode. */
  readonly attributes?: number;
  /** Absent: 8, deflate. */
  readonly method?: number;
  readonly flags?: number;
  /** Of DOS; absent: 2020-02-02 02:02:02. */
  readonly date?: number;
  readonly time?: number;
  readonly extra?: Buffer;
  /** What stands before the content, where it is another than in the directory. */
  readonly local?: Partial<Pick<OddZipEntry, "name" | "method" | "flags">> & { readonly size?: number };
  /** Checksum and sizes, where they are not the content's. */
  readonly checksum?: number;
  readonly size?: number;
  /** Whether checksum and sizes stand behind the content alone, as Java's jar writes them. */
  readonly streamed?: boolean;
  /** Of another entry, whose bytes it shares. */
  readonly offset?: number;
}

export interface OddZip {
  /** Stands before it. */
  readonly before?: Buffer;
  /** Whether the places in it count `before`, as those of Spring's executable jars. */
  readonly countsBefore?: boolean;
  /** How many entries its end tells of. */
  readonly count?: number;
  /** Whether it has the records and fields for more than 4 GiB. */
  readonly zip64?: boolean;
}

const deflated = new Map<string | Buffer, Buffer>();
/** Once for entries that share a content. */
function deflate(content: string | Buffer): Buffer {
  const packed = deflated.get(content) ?? deflateRawSync(bytes(content));
  deflated.set(content, packed);
  return packed;
}

const bytes = (text: string | Buffer) => (typeof text === "string" ? Buffer.from(text) : text);

/** A DOS date: `(year - 1980) << 9 | month << 5 | day`. */
export const dosDate = (year: number, month: number, day: number) =>
  ((year - 1980) << 9) | (month << 5) | day;
/** A DOS time, to two seconds. */
export const dosTime = (hour: number, minute: number, second: number) =>
  (hour << 11) | (minute << 5) | (second >> 1);

/** A zip of exactly these entries. Source: PKWARE's APPNOTE, 4.3. */
export function oddZip(entries: readonly OddZipEntry[], shape: OddZip = {}): Buffer {
  const { before = Buffer.alloc(0), countsBefore = true, count = entries.length, zip64 = false } = shape;
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = countsBefore ? before.length : 0;
  for (const entry of entries) {
    const {
      content = "",
      method = 8,
      local = {},
      extra = Buffer.alloc(0),
      host = 3,
      streamed = false,
    } = entry;
    const flags = (entry.flags ?? 0) | (streamed ? 8 : 0);
    const name = bytes(entry.name);
    const plain = bytes(content);
    const packed = method === 8 ? deflate(content) : plain;
    const checksum = entry.checksum ?? crc32(plain);
    const head = (own: {
      method: number;
      flags: number;
      nameLength: number;
      size: number;
      extra: number;
    }) => {
      const fields = Buffer.alloc(26);
      fields.writeUInt16LE(20, 0);
      fields.writeUInt16LE(own.flags, 2);
      fields.writeUInt16LE(own.method, 4);
      fields.writeUInt16LE(entry.time ?? dosTime(2, 2, 2), 6);
      fields.writeUInt16LE(entry.date ?? dosDate(2020, 2, 2), 8);
      fields.writeUInt32LE(checksum, 10);
      fields.writeUInt32LE(zip64 ? 0xffffffff : packed.length, 14);
      fields.writeUInt32LE(zip64 ? 0xffffffff : own.size, 18);
      fields.writeUInt16LE(own.nameLength, 22);
      fields.writeUInt16LE(own.extra, 24);
      return fields;
    };
    const size = entry.size ?? plain.length;
    const localName = bytes(local.name ?? entry.name);
    const start = entry.offset ?? position;
    const zip64Field = zip64 ? sizesField(size, packed.length, start) : Buffer.alloc(0);
    const localFields = {
      ...{ method: local.method ?? method, flags: local.flags ?? flags, nameLength: localName.length },
      ...{ size: local.size ?? size, extra: zip64Field.length },
    };
    if (entry.offset === undefined) {
      const before = head(localFields);
      const sums = before.subarray(10, 22);
      const behind = streamed ? [Buffer.from("PK\x07\x08", "latin1"), Buffer.from(sums)] : [];
      if (streamed) sums.fill(0);
      const piece = Buffer.concat([
        ...[Buffer.from("PK\x03\x04", "latin1"), before, localName],
        ...[zip64Field, packed, ...behind],
      ]);
      pieces.push(piece);
      position += piece.length;
    }
    const madeBy = Buffer.from([20, host]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((entry.attributes ?? (entry.mode ?? 0o100644) * 0x10000) >>> 0, 6);
    tail.writeUInt32LE(zip64 ? 0xffffffff : start, 10);
    const fields = { method, flags, nameLength: name.length, size, extra: extra.length + zip64Field.length };
    directory.push(
      Buffer.concat([
        ...[Buffer.from("PK\x01\x02", "latin1"), madeBy, head(fields), tail],
        ...[name, zip64Field, extra],
      ]),
    );
  }
  const table = Buffer.concat(directory);
  return Buffer.concat([before, ...pieces, table, ...endOf(table.length, position, count, zip64)]);
}

function endOf(size: number, start: number, count: number, zip64: boolean): Buffer[] {
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : start, 16);
  if (!zip64) return [end];
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", "latin1");
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.write("PK\x06\x07", "latin1");
  locator.writeBigUInt64LE(BigInt(start + size), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator, end];
}

function sizesField(size: number, packedSize: number, start: number): Buffer {
  const field = Buffer.alloc(28);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(24, 2);
  field.writeBigUInt64LE(BigInt(size), 4);
  field.writeBigUInt64LE(BigInt(packedSize), 12);
  field.writeBigUInt64LE(BigInt(start), 20);
  return field;
}

/** The field of a time in seconds since 1970. Source: Info-ZIP, "extended timestamp". */
export function timeField(seconds: number): Buffer {
  const field = Buffer.alloc(9);
  field.write("UT", "latin1");
  field.writeUInt16LE(5, 2);
  field[4] = 1;
  field.writeInt32LE(seconds, 5);
  return field;
}

/** The field of a name in UTF-8. Source: Info-ZIP, "Unicode Path". */
export function nameField(own: Buffer, name: string): Buffer {
  const text = Buffer.from(name);
  const head = Buffer.alloc(9);
  head.writeUInt16LE(0x7075, 0);
  head.writeUInt16LE(5 + text.length, 2);
  head[4] = 1;
  head.writeUInt32LE(crc32(own), 5);
  return Buffer.concat([head, text]);
}
