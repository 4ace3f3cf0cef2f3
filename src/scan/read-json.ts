import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

/** Reads JSON into the type of `schema`. In: a name for messages. Throws CompileError `scan/unreadable`. */
export function readJson<const S extends v.GenericSchema>(
  text: string,
  file: string,
  schema: S,
): v.InferOutput<S> {
  const unreadable = (reason: string, cause?: unknown) =>
    new CompileError([diagnose("scan/unreadable", { file, reason }, { file })], { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error), error);
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw unreadable([v.getDotPath(issue) ?? [], issue.message].flat().join(": "));
}
