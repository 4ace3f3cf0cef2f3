import * as v from "valibot";
import type { DiagnosticCode } from "../diagnostics/catalog.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { present } from "../present.ts";

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

/** The text of such a file. */
export function formatWarnings(warnings: readonly StepWarning[]): string {
  return JSON.stringify(
    warnings.map(({ diagnostic: { code, message, hint }, printedMs }) => ({
      code,
      message,
      hint,
      printedMs,
    })),
  );
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
      ...present({ hint }),
    },
    printedMs,
  }));
}
