import { randomUUID } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { CompileError, decodeText, diagnose, maxTextBytes, systemReason, tooLarge } from "../index.ts";

/**
 * Text of a file that a person wrote. In: its name for messages. Throws the system's fault where it cannot be read,
 * CompileError where it is no text or too much of it.
 */
export function readText(path: string, shown: string): string {
  const { size } = statSync(path);
  if (size > maxTextBytes) throw new CompileError([tooLarge(shown, size)]);
  return decodeText(readFileSync(path), shown);
}

/** Text of a regular file. Undefined: there is none. Throws CompileError where it cannot be read. */
export function readOrExplain(path: string): string | undefined {
  try {
    return readIfThere(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What is said of a file that cannot be read. */
export function unreadable(path: string, error: unknown): CompileError {
  const reason = systemReason(error);
  return new CompileError([diagnose("cli/file-unreadable", { path, reason }, { file: path })], {
    cause: error,
  });
}

/** Text of a regular file. Undefined: there is none. Other faults, and other kinds of file, are thrown. */
function readIfThere(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile())
      throw new Error(stats.isDirectory() ? "it is a directory" : "it is not a regular file");
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Writes all of a file or nothing of it; one that already holds the text is not touched. A link stays a link, and what
 * it leads to is written. A device or pipe gets the text, and stays what it is.
 */
export function writeWhole(path: string, text: string): void {
  const target = linkTarget(path);
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw new Error("it is a directory");
  if (stats !== undefined && !stats.isFile()) {
    writeFileSync(target, text);
    return;
  }
  if (stats !== undefined && readFileSync(target, "utf8") === text) return;
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, text);
    if (stats !== undefined) chmodSync(temporary, stats.mode & 0o7777);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Where a link leads, even if nothing is there yet. */
function linkTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isSymbolicLink() === true ? resolve(dirname(path), readlinkSync(path)) : path;
  }
}
