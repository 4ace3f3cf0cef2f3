import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import * as v from "valibot";
import type { DiagnosticCode } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf } from "../layer/byte-string.ts";

/**
 * Flag of commands that names a file for their warnings, as part of their result: BuildKit answers a finished step without what
 * it printed. Our frontend knows the steps by it.
 */
export const warningsFlag = "--warnings";

/** What a step printed, and when. */
export interface StepWarning {
  readonly diagnostic: Diagnostic;
  /** Milliseconds since 1970, by the clock of the machine that builds. */
  readonly printedMs: number;
}

/** How many warnings one step leaves; more are only printed. */
export const maxStepWarnings = 100;

/** Writes them, none too, into a file that need not have a directory yet. */
export function writeWarnings(path: ByteString, warnings: readonly StepWarning[]): void {
  mkdirSync(bytesOf(posix.dirname(path)), { recursive: true });
  const entries = warnings.map(({ diagnostic: { code, message, hint }, printedMs }) => {
    return { code, message, hint, printedMs };
  });
  writeFileSync(bytesOf(path), JSON.stringify(entries));
}

/** What the step that wrote `file` left in the same directory, if anything. */
export function warningsBeside(file: ByteString): readonly StepWarning[] {
  try {
    return parseWarnings(readFileSync(bytesOf(posix.join(posix.dirname(file), "warnings.json")), "utf8"));
  } catch {
    return [];
  }
}

const warningsSchema = v.pipe(
  v.array(
    v.object({
      code: v.pipe(v.string(), v.regex(/^[a-z]+\/[a-z0-9-]+$/)),
      message: v.string(),
      hint: v.optional(v.string()),
      printedMs: v.number(),
    }),
  ),
  v.maxLength(maxStepWarnings),
);

/** Reads such a file. Whoever wrote the Dockerfile can have written it: none where it is none of ours. */
export function parseWarnings(text: string): readonly StepWarning[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const result = v.safeParse(warningsSchema, value);
  if (!result.success) return [];
  return result.output.map(({ code, message, hint, printedMs }) => ({
    diagnostic: {
      // Another version of the program may know others.
      ...{ code: code as DiagnosticCode, severity: "warning", message },
      ...(hint === undefined ? {} : { hint }),
    },
    printedMs,
  }));
}
