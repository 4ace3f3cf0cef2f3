import toml from "@iarna/toml";
import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

/**
 * Reads a TOML file of a module. In: the place it goes by in messages. Out: the checked value.
 * Throws CompileError where it is not TOML or has another shape.
 */
export function readTomlFile<Schema extends v.GenericSchema>(
  text: string,
  schema: Schema,
  place: string,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = toml.parse(text);
  } catch (error) {
    const { line, col, message } = error as { line?: number; col?: number; message: string };
    const reason = message.split(/ at row \d+|\n/)[0] ?? message;
    const location = {
      file: place,
      // The parser counts from 0.
      ...(line === undefined ? {} : { line: line + 1 }),
      ...(col === undefined ? {} : { column: col + 1 }),
    };
    throw new CompileError([diagnose("modules/file-unreadable", { file: place, reason }, location)], {
      cause: error,
    });
  }
  const checked = v.safeParse(schema, value);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const keyPath = v.getDotPath(issue) ?? "";
  const reason =
    issue.received === "undefined"
      ? "it is missing"
      : `it should be ${issue.expected}, but is ${issue.received}`;
  throw new CompileError([
    diagnose(
      "modules/file-unreadable",
      { file: place, reason: `${keyPath}: ${reason}` },
      { file: place, keyPath },
    ),
  ]);
}
