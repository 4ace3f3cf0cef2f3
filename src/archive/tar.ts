import { posix } from "node:path";
import type { ReadableStreamDefaultReader, WritableStreamDefaultWriter } from "node:stream/web";
import { createTarDecoder, type ParsedTarEntry, type TarHeader } from "modern-tar";
import { ArchiveError } from "./archive-error.ts";
import type { UnpackBudget } from "./unpack-budget.ts";

/** One entry of a tar. */
export interface TarMember {
  /** Below the archive's root, with `/`, without empty, `.` and `..` parts; empty: the root itself. */
  readonly name: string;
  /** What no directory of a buildpack can hold, as a device, is `other`. */
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "other";
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  /** Of a symlink as it was written; of a hard link a name like the others. Else empty. */
  readonly target: string;
  /** A file's bytes; can be read once, before the next entry is asked for. */
  readonly content: () => AsyncIterable<Uint8Array>;
}

const kinds: Readonly<Record<string, TarMember["kind"]>> = {
  file: "file",
  directory: "directory",
  symlink: "symlink",
  link: "hardlink",
};

/**
 * Goes through a tar as it comes in, without keeping more of it than a few blocks. Throws ArchiveError where it is
 * damaged, leads out of its root, holds what would not come out as it went in, or goes beyond the budget.
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  budget: UnpackBudget,
): AsyncGenerator<TarMember, void, undefined> {
  let count = 0;
  const decoder = createTarDecoder({ strict: true });
  void feed(bytes, decoder.writable.getWriter());
  const entries = decoder.readable.getReader();
  try {
    for (;;) {
      const { value: entry } = await entries.read();
      if (entry === undefined) break;
      budget.countEntry();
      const body = entry.body.getReader();
      yield { ...memberOf(entry), content: () => piecesOf(body) };
      count += 1;
      // Read to its end: with modern-tar 0.8.6, cancelling a body that has come whole takes the next entry's away.
      for await (const _ of piecesOf(body));
    }
  } catch (error) {
    throw explain(error, count);
  } finally {
    // It may have failed already.
    await entries.cancel().catch(() => undefined);
  }
  if (count === 0) throw new ArchiveError("it is empty");
}

/**
 * Hands the bytes to the decoder, whose other end tells what goes wrong. Not by Node's adapters (24.19): the one for a
 * Readable ends the process where a part is left unread.
 */
async function feed(
  bytes: AsyncIterable<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
): Promise<void> {
  try {
    for await (const piece of bytes) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
  }
}

async function* piecesOf(
  body: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const { value } = await body.read();
    if (value === undefined) return;
    yield value;
  }
}

/** Whole content of a file. Throws ArchiveError where it is larger than `limitBytes`. */
export async function readContent({ name, content }: TarMember, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of content()) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new ArchiveError(`its ${name} is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What a file begins with, a character for each byte; of anything else nothing. */
export async function readStart({ kind, content }: TarMember, sizeBytes: number): Promise<string> {
  if (kind !== "file") return "";
  let start = "";
  for await (const chunk of content()) {
    start += Buffer.from(chunk).toString("latin1", 0, sizeBytes - start.length);
    if (start.length >= sizeBytes) break;
  }
  return start;
}

/** Throws ArchiveError for an entry that would come out as another one. */
export function refuseOddHeader({ name, linkname = "", pax = {} }: TarHeader): void {
  for (const text of [name, linkname]) {
    // The decoder puts U+FFFD for what it cannot read; the file would come out under another name.
    if (text.includes("\uFFFD")) throw new ArchiveError(`its entry ${JSON.stringify(text)} is not UTF-8`);
    if (text.includes("\0")) throw new ArchiveError(`its entry ${JSON.stringify(text)} has a null character`);
  }
  if (Object.keys(pax).some((key) => key.startsWith("GNU.sparse."))) {
    throw new ArchiveError(`its entry ${JSON.stringify(name)} is stored as a sparse file`);
  }
}

function memberOf({ header }: ParsedTarEntry): Omit<TarMember, "content"> {
  refuseOddHeader(header);
  const { name, type = "file", linkname = "", mode = 0 } = header;
  const kind = kinds[type] ?? "other";
  return {
    name: inside(name),
    kind,
    mode: mode & 0o7777,
    target: kind === "hardlink" ? inside(linkname) : linkname,
  };
}

/** A name below the archive's root. Source: pack, which takes a leading slash for it. Throws ArchiveError where it leads out. */
export function inside(name: string): string {
  const path = posix.normalize(name).replace(/^\/+|\/+$/g, "");
  if (path === ".." || path.startsWith("../")) {
    throw new ArchiveError(`its entry ${JSON.stringify(name)} points outside the archive`);
  }
  return path === "." ? "" : path;
}

/** Faults of reading the file stay as they are. In: how many entries were read before. */
function explain(error: unknown, count: number): unknown {
  if (!(error instanceof Error) || error instanceof ArchiveError || "syscall" in error) return error;
  if (error.cause instanceof ArchiveError) return error.cause;
  // A stream's adapter hides what the decompressor said behind an error without a message.
  const { message } = error.cause instanceof Error ? error.cause : error;
  const reason = message.replace(/\.$/, "");
  return new ArchiveError(
    count === 0 ? `it is not a tar archive (${reason})` : `it is damaged after ${count} entries (${reason})`,
    { cause: error },
  );
}
