import { createReadStream, createWriteStream, mkdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { TarHeader } from "modern-tar";
import { unpackTar } from "modern-tar/fs";
import { ArchiveError } from "../../archive/archive-error.ts";
import { rootEntry } from "../../archive/root-entry.ts";
import { refuseOddHeader } from "../../archive/tar.ts";
import { UnpackBudget, UnpackLimitError, type UnpackLimits } from "../../archive/unpack-budget.ts";
import { zipAsTar } from "../../archive/zip-as-tar.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { NoRoom, requireRoom } from "./disk-room.ts";
import { pathOf, UnpackedTree } from "./unpacked-tree.ts";

/** So often the room is looked at. */
const stepBytes = 16 * 2 ** 20;

/**
 * Writes a source's bytes into a file as they come. In: how messages call it. Throws CompileError where there are more than
 * `sizeBytes`, or no room for them; else what `bytes` throws.
 */
export async function storeSource(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  shown: string,
  { sizeBytes }: UnpackLimits,
): Promise<void> {
  const budget = new UnpackBudget({ sizeBytes, entries: 0 });
  const limited = withRoom(budget.unpack(bytes, false), dirname(file));
  await pipeline(limited, createWriteStream(file, { mode: 0o600 })).catch((error: unknown) => {
    throw explain(error, shown, dirname(file));
  });
}

/**
 * Unpacks an archive into an empty directory that was made with every mode bit. Nothing is written outside of it, through no link; devices
 * and FIFOs are left out. Directories and files stay readable and removable for their owner, whatever the archive says; set-id and
 * sticky bits are dropped. Throws CompileError.
 */
export async function unpackSource(file: string, request: UnpackRequest): Promise<void> {
  const { directory, shown } = request;
  const names = new EntryNames();
  try {
    try {
      await unpackOnce(file, request, (header) => names.note(header));
      if (names.areUnique) return;
    } catch (error) {
      if (names.areUnique || error instanceof ArchiveError || error instanceof NoRoom) throw error;
    }
    // modern-tar 0.8.6 writes files at the same time: of two that have one name, either could stay.
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    await unpackOnce(file, { ...request, reportTwice: () => {} }, (header) => names.isLast(header));
  } catch (error) {
    throw explain(error, shown, directory);
  }
}

/** In: whether an entry counts. */
async function unpackOnce(
  file: string,
  { form, directory, limits, isWanted, reportTwice }: UnpackRequest,
  counts: (header: TarHeader) => boolean,
): Promise<void> {
  const budget = new UnpackBudget(limits);
  const tree = new UnpackedTree(directory);
  let isBegun = false;
  const unpacking = unpackTar(directory, {
    filter: (header) => {
      if (!isBegun) return true;
      budget.countEntry();
      refuseOddHeader(header);
      if (changesOnItsWay.test(header.name)) {
        throw new ArchiveError(`its entry ${JSON.stringify(header.name)} has a name that cannot be unpacked`);
      }
      return counts(header) && isWanted(header.name);
    },
    map: (header) => (isBegun ? tree.note(header) : header),
  });
  await begin(unpacking);
  isBegun = true;
  const bytes =
    form === "zip"
      ? budget.count(zipAsTar(file, reportTwice), statSync(file).size)
      : budget.unpack(createReadStream(file), form === "gzip");
  await pipeline(Readable.from(withRoom(bytes, directory), { objectMode: false }), unpacking);
  tree.finish();
}

/**
 * Until the directory has been looked at: modern-tar 0.8.6 makes it, with those above it, where it is not there, and does not wait for
 * that when it is to end early. It would come back after we have removed it.
 */
function begin(unpacking: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    unpacking.write(rootEntry, (error) => (error ? reject(error) : resolve()));
  });
}

/** Which names an archive has several times, as one that was added to; the last entry of a name counts. */
class EntryNames {
  readonly #names = new Set<string>();
  readonly #further = new Map<string, number>();

  get areUnique(): boolean {
    return this.#further.size === 0;
  }

  note(header: TarHeader): true {
    const name = pathOf(header);
    if (header.type === "directory") return true;
    if (this.#names.has(name)) this.#further.set(name, (this.#further.get(name) ?? 0) + 1);
    this.#names.add(name);
    return true;
  }

  /** To be called once for each entry, in the same order. */
  isLast(header: TarHeader): boolean {
    const name = pathOf(header);
    const further = header.type === "directory" ? 0 : (this.#further.get(name) ?? 0);
    if (further > 0) this.#further.set(name, further - 1);
    return further === 0;
  }
}

/** Names that modern-tar 0.8.6 unpacks under another one, as Windows would have it. */
const changesOnItsWay = /\\|^[a-z]:/i;

/** What an archive is. */
export type ArchiveForm = "tar" | "gzip" | "zip";

interface UnpackRequest {
  readonly form: ArchiveForm;
  readonly directory: string;
  /** How messages call it. */
  readonly shown: string;
  readonly limits: UnpackLimits;
  /** In: an entry's name, as it is written. */
  readonly isWanted: (name: string) => boolean;
  /** Hears of a name that several files of a zip have. */
  readonly reportTwice: (name: string) => void;
}

async function* withRoom(
  bytes: AsyncIterable<Uint8Array>,
  directory: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let untilNext = 0;
  for await (const piece of bytes) {
    untilNext -= piece.length;
    if (untilNext <= 0) {
      untilNext = stepBytes;
      requireRoom(directory);
    }
    yield piece;
  }
}

/** In: the directory of ours that messages do not name. */
function explain(error: unknown, shown: string, directory: string): unknown {
  if (error instanceof CompileError) return error;
  if (error instanceof UnpackLimitError) {
    const { limit, message: reason } = error;
    return new CompileError(
      [diagnose("cli/source-limit", { source: shown, reason, limit }, { file: shown })],
      {
        cause: error,
      },
    );
  }
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof NoRoom || code === "ENOSPC" || code === "EDQUOT") {
    const reason = error instanceof NoRoom ? error.message : systemReason(error);
    return new CompileError([diagnose("cli/no-room", { directory: tmpdir(), reason }, { file: shown })], {
      cause: error,
    });
  }
  const reason = systemReason(error).replaceAll(`${directory}/`, "").replace(/\.$/, "");
  return new CompileError([diagnose("cli/bad-archive", { source: shown, reason }, { file: shown })], {
    cause: error,
  });
}
