import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { formatWarnings, parseWarnings, type StepWarning } from "../contract/step-warnings.ts";
import { type ByteString, bytesOf } from "../layer/byte-string.ts";

/** Writes them, none too, into a file that need not have a directory yet. */
export function writeWarnings(path: ByteString, warnings: readonly StepWarning[]): void {
  mkdirSync(bytesOf(posix.dirname(path)), { recursive: true });
  writeFileSync(bytesOf(path), formatWarnings(warnings));
}

/** What the step that wrote `file` left in the same directory, if anything. */
export function warningsBeside(file: ByteString): readonly StepWarning[] {
  try {
    return parseWarnings(readFileSync(bytesOf(posix.join(posix.dirname(file), "warnings.json")), "utf8"));
  } catch {
    return [];
  }
}
