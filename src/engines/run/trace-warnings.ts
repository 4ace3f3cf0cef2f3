import * as v from "valibot";
import type { TraceReader } from "./read-trace.ts";

/** A warning that a build got from its frontend. */
export interface BuildWarning {
  readonly short: string;
  readonly detail: readonly string[];
  /** Where the frontend's file gave rise to it; lines and columns from 1. Absent: nowhere. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
}

const bytes = v.pipe(
  v.string(),
  v.transform((text) => Buffer.from(text, "base64").toString("utf8")),
);
const position = v.object({ line: v.optional(v.number(), 1), character: v.optional(v.number(), 0) });

/** BuildKit's `client.SolveStatus`, as far as it is about warnings. */
const statusSchema = v.object({
  warnings: v.optional(
    v.array(
      v.object({
        short: v.optional(bytes, ""),
        detail: v.nullish(v.array(bytes), []),
        sourceInfo: v.nullish(v.object({ filename: v.optional(v.string(), "") })),
        range: v.nullish(v.array(v.object({ start: v.optional(position, {}) })), []),
      }),
    ),
    [],
  ),
});

/** Takes the warnings out of a trace, each once: buildctl's progress shows none that are of no step. */
export class WarningReader implements TraceReader {
  readonly words = ['"warnings"'];
  readonly #found = new Map<string, BuildWarning>();

  readonly take = (told: unknown): void => {
    for (const warning of warningsIn(told)) this.#found.set(JSON.stringify(warning), warning);
  };

  warnings(): BuildWarning[] {
    return [...this.#found.values()];
  }
}

function warningsIn(told: unknown): BuildWarning[] {
  const { success, output } = v.safeParse(statusSchema, told);
  if (!success) return [];
  return output.warnings.map(({ short, detail, sourceInfo, range }) => {
    const file = sourceInfo?.filename ?? "";
    const [first] = range ?? [];
    const { line = 1, character = 0 } = first?.start ?? {};
    return {
      ...{ short, detail: detail ?? [] },
      ...(file === "" ? {} : { place: { file, line, column: character + 1 } }),
    };
  });
}
