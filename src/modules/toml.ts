import * as v from "valibot";
import { tomlFault } from "../descriptor/toml-fault.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { parseToml } from "../toml/parse-toml.ts";

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

function parse(asFound: string, file: string): unknown {
  const text = asFound.replaceAll("\r\n", "\n");
  try {
    return parseToml(text);
  } catch (error) {
    throw new CompileError([tomlFault(file, text, error)], { cause: error });
  }
}

/** `order[0].group[1].id`. */
function keyPathOf(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? []).reduce((path, { key }) => {
    if (typeof key === "number") return `${path}[${key}]`;
    return path === "" ? String(key) : `${path}.${key}`;
  }, "");
}
