import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";

/**
 * Largest text file that is read. Generated project.toml files of some megabytes exist and have to work; what is
 * larger was most likely not meant.
 */
export const maxTextBytes = 8 * 1024 * 1024;

/**
 * Text of a file that a person wrote: UTF-8, without the byte order mark that it may begin with, as pack reads it.
 * Throws CompileError that says which encoding it is instead, or where the first byte stands that is no text.
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const fault = textFault(bytes, file);
  if (fault !== undefined) throw new CompileError([fault]);
  return new TextDecoder().decode(bytes);
}

function textFault(bytes: Uint8Array, file: string): Diagnostic | undefined {
  if (bytes.length > maxTextBytes) return tooLarge(file, bytes.length);
  if (isUtf16(bytes)) return diagnose("descriptor/utf-16", { file }, { file });
  const nul = bytes.indexOf(0);
  if (nul !== -1) return diagnose("descriptor/nul", { file }, placeOf(bytes, nul, file));
  const wrong = firstBadByte(bytes);
  if (wrong === undefined) return undefined;
  const byte = `0x${(bytes[wrong] ?? 0).toString(16).toUpperCase().padStart(2, "0")}`;
  return diagnose("descriptor/not-utf8", { file, byte }, placeOf(bytes, wrong, file));
}

/** What is said of a file that is larger than `maxTextBytes`. */
export function tooLarge(file: string, sizeBytes: number): Diagnostic {
  return diagnose(
    "descriptor/too-large",
    { file, size: mebibytes(sizeBytes), limit: mebibytes(maxTextBytes) },
    { file },
  );
}

function mebibytes(sizeBytes: number): string {
  return `${(sizeBytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** A byte order mark says so; without one, every second byte of Latin text is NUL. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second, third, fourth] = Array.from(bytes.subarray(0, 4), (byte) => byte === 0);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return true;
  return bytes.length >= 4 && first !== second && first === third && second === fourth;
}

/** Index of the first byte that belongs to no UTF-8 character; undefined: there is none. */
function firstBadByte(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined;
  // Bisected: everything before `good` can be decoded, everything before `bad` cannot.
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isUtf8(bytes.subarray(0, middle), { unfinished: true })) good = middle;
    else bad = middle;
  }
  // A character that was begun and is not gone on with counts from its first byte.
  while (!isUtf8(bytes.subarray(0, good))) good--;
  return good;
}

/** In: whether the last character may go on behind the end. */
function isUtf8(bytes: Uint8Array, { unfinished = false } = {}): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: unfinished });
    return true;
  } catch {
    return false;
  }
}

function placeOf(bytes: Uint8Array, index: number, file: string) {
  const before = new TextDecoder().decode(bytes.subarray(0, index)).split(/\r?\n/);
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
