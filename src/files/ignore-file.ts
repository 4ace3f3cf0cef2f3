import { basename } from "node:path";
import { type Border, borderOf } from "./border.ts";
import { readOrExplain } from "./text-file.ts";

/**
 * Text of an ignore file, which no flag names: in a project it is read inside of it alone. Undefined: there is none.
 * Throws CompileError where it cannot be read.
 */
export function readIgnoreFile(path: string, border: Border): string | undefined {
  const limit = borderOf(path, border);
  return readOrExplain(path, limit === undefined ? {} : { border: limit }, basename(path));
}
