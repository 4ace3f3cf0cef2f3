import { createReadStream, createWriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { unpackTar } from "modern-tar/fs";
import { UnpackBudget, UnpackLimitError, type UnpackLimits } from "../../archive/unpack-budget.ts";
import { CompileError, diagnose, systemReason } from "../../index.ts";
import { NoRoom, requireRoom } from "./disk-room.ts";

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
    throw explain(error, shown);
  });
}

/**
 * Unpacks a tar into an empty directory. Nothing is written outside of it, through no link; devices and FIFOs are left out.
 * Directories and files stay readable and removable for their owner, whatever the archive says. Throws CompileError.
 */
export async function unpackSource(
  file: string,
  { gzipped, directory, shown, limits, isWanted }: UnpackRequest,
): Promise<void> {
  const budget = new UnpackBudget(limits);
  const bytes = withRoom(budget.unpack(createReadStream(file), gzipped), directory);
  const unpacking = unpackTar(directory, {
    filter: ({ name }) => {
      budget.countEntry();
      return isWanted(name);
    },
    map: (header) => {
      const { mode = 0, type } = header;
      return { ...header, mode: (mode & 0o777) | (type === "directory" ? 0o700 : 0o600) };
    },
  });
  await pipeline(Readable.from(bytes, { objectMode: false }), unpacking).catch((error: unknown) => {
    throw explain(error, shown);
  });
}

interface UnpackRequest {
  readonly gzipped: boolean;
  readonly directory: string;
  /** How messages call it. */
  readonly shown: string;
  readonly limits: UnpackLimits;
  /** In: an entry's name, as it is written. */
  readonly isWanted: (name: string) => boolean;
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

function explain(error: unknown, shown: string): unknown {
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
  return new CompileError(
    [diagnose("cli/bad-archive", { source: shown, reason: systemReason(error) }, { file: shown })],
    { cause: error },
  );
}
