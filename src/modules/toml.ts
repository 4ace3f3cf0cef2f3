import toml from "@iarna/toml";
import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

/**
 * Reads a TOML file of a module into the type of `schema`. In: what messages call the file. Throws CompileError with
 * everything that has another shape.
 */
export function readToml<const Schema extends v.GenericSchema>(
  text: string,
  file: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const checked = v.safeParse(schema, parse(text, file));
  if (checked.success) return checked.output;
  throw new CompileError(
    checked.issues.map((issue) => {
      const key = keyPathOf(issue);
      const location = { file, keyPath: key };
      if (issue.expected === "never") return diagnose("modules/unknown-key", { key }, location);
      if (issue.received === "undefined") return diagnose("modules/missing-key", { key }, location);
      const expected = issue.expected ?? "something else";
      return diagnose("modules/wrong-type", { key, expected, received: issue.received }, location);
    }),
  );
}

function parse(text: string, file: string): unknown {
  try {
    return toml.parse(text);
  } catch (error) {
    // The parser counts from 0, and says so a second time in its message.
    const { line, col, message } = error as { line?: number; col?: number; message: string };
    const location = {
      file,
      ...(line === undefined ? {} : { line: line + 1 }),
      ...(col === undefined ? {} : { column: col + 1 }),
    };
    const reason = message.split(/ at row \d+|\n/)[0] ?? message;
    throw new CompileError([diagnose("modules/toml-syntax", { reason }, location)], { cause: error });
  }
}

/** `order[0].group[1].id`. */
function keyPathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? []).reduce((path, { key }) => {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${key}`;
  }, "");
}
