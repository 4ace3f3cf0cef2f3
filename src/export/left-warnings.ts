import { mkdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { formatWarnings, type StepWarning } from "../contract/step-warnings.ts";
import { type ByteString, bytesOf } from "../layer/byte-string.ts";

/** Writes them, none too, into a file that need not have a directory yet. */
export function writeWarnings(path: ByteString, warnings: readonly StepWarning[]): void {
  mkdirSync(bytesOf(posix.dirname(path)), { recursive: true });
  writeFileSync(bytesOf(path), formatWarnings(warnings));
}
