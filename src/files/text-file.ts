import { lstatSync } from "node:fs";
import { decodeText, maxTextBytes, tooLarge } from "../descriptor/decode-text.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { present } from "../present.ts";
import { FileTooLarge, LeadsOutside, readInside } from "./read-inside.ts";

/** Largest file that is read to be built or compared: a generated one can be larger than what it is made from. */
const maxFileBytes = 4 * maxTextBytes;

/**
 * Text of a file that a person wrote. In: its name for messages; the border of the project that it belongs to, absent:
 * the user named it. Throws the system's fault or LeadsOutside where it cannot be read, CompileError where it is no text
 * or too much of it.
 */
export function readText(path: string, shown: string, border?: string): string {
  return decodeText(readLimited(path, border, shown), shown);
}

function readLimited(path: string, border: string | undefined, shown: string): Buffer {
  try {
    return readInside(path, { limitBytes: maxTextBytes, ...present({ border }) });
  } catch (error) {
    if (!(error instanceof FileTooLarge)) throw error;
    throw new CompileError([tooLarge(shown, error.sizeBytes)], { cause: error });
  }
}

/** How a file came to be read. */
export interface FileOrigin {
  /** Of the project that it belongs to. Absent: the user named it. */
  readonly border?: string;
  /** Flag that names the file in the place of the project; absent: there is none. */
  readonly flag?: string;
}

/** Text of a regular file. Undefined: there is none. Throws CompileError where it cannot be read. */
export function readOrExplain(path: string, origin: FileOrigin = {}, shown = path): string | undefined {
  return bytesOrExplain(path, origin, shown)?.toString("utf8");
}

/** Its bytes. Undefined: there is none. Throws CompileError where it cannot be read. */
export function bytesOrExplain(path: string, origin: FileOrigin = {}, shown = path): Buffer | undefined {
  const { border, flag } = origin;
  try {
    return readInside(path, { limitBytes: maxFileBytes, ...present({ border }) });
  } catch (error) {
    if (error instanceof LeadsOutside)
      throw new CompileError([leadsOutside(shown, error, flag)], { cause: error });
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unreadable(shown, error);
    if (border === undefined || !isLink(path)) return undefined;
    throw new CompileError([danglingLink(shown)], { cause: error });
  }
}

/** What is said of a file that cannot be read. */
export function unreadable(path: string, error: unknown): CompileError {
  const reason =
    error instanceof FileTooLarge
      ? `it is larger than ${maxFileBytes / 1024 / 1024} MiB`
      : systemReason(error);
  return new CompileError([diagnose("cli/file-unreadable", { path, reason }, { file: path })], {
    cause: error,
  });
}

/** What is said of a file of the project that leads out of it. */
export function leadsOutside(path: string, { target }: LeadsOutside, flag?: string): Diagnostic {
  return diagnose("files/outside-project", { path, target, flag }, { file: path });
}

/** What is said of a link of the project at the end of which nothing is. */
export function danglingLink(path: string): Diagnostic {
  return diagnose("files/dangling-link", { path }, { file: path });
}

export function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
