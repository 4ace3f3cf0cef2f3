import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ImageConfig } from "../image/image-config.ts";

/**
 * Reads a label that holds JSON. Out: the checked value, or undefined where the label is absent or empty.
 * Throws CompileError where it is not JSON or has another shape.
 */
export function decodeLabel<Schema extends v.GenericSchema>(
  config: ImageConfig,
  label: string,
  schema: Schema,
  image: string,
): v.InferOutput<Schema> | undefined {
  return decode(config.labels[label], schema, (reason) =>
    diagnose("builder/label-unreadable", { label, reason }, { file: image, keyPath: label }),
  );
}

/** The same of an app's image, which is mended in another way. */
export function decodeAppLabel<Schema extends v.GenericSchema>(
  config: ImageConfig,
  label: string,
  schema: Schema,
  image: string,
): v.InferOutput<Schema> | undefined {
  return decode(config.labels[label], schema, (reason) =>
    diagnose("builder/app-label-unreadable", { label, reason }, { file: image, keyPath: label }),
  );
}

function decode<Schema extends v.GenericSchema>(
  text: string | undefined,
  schema: Schema,
  unreadable: (reason: string) => Diagnostic,
): v.InferOutput<Schema> | undefined {
  if (text === undefined || text === "") return undefined;
  const fault = (reason: string) => new CompileError([unreadable(reason)]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(`it is not JSON (${(error as SyntaxError).message})`);
  }
  const checked = v.safeParse(schema, value);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const path = v.getDotPath(issue) ?? "the whole";
  if (issue.expected === null) throw fault(`${path} ${issue.message}`);
  throw fault(`${path} should be ${issue.expected}, but is ${issue.received}`);
}
