import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { ImageConfig } from "../image/image-config.ts";

/**
 * Reads a label that holds JSON. Out: the checked value, or undefined where the label is absent or empty.
 * Throws CompileError where it is not JSON or has another shape. In: how that is told, for an app's image is mended in
 * another way than a builder.
 */
export function decodeLabel<Schema extends v.GenericSchema>(
  config: Pick<ImageConfig, "labels">,
  label: string,
  schema: Schema,
  image: string,
  code: "builder/label-unreadable" | "builder/app-label-unreadable" = "builder/label-unreadable",
): v.InferOutput<Schema> | undefined {
  const text = config.labels[label];
  if (text === undefined || text === "") return undefined;
  const fault = (reason: string) =>
    new CompileError([diagnose(code, { label, reason }, { file: image, keyPath: label })]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(`it is not JSON (${(error as SyntaxError).message})`);
  }
  const checked = v.safeParse(schema, value);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const path = v.getDotPath(issue) ?? "it";
  if (issue.expected === null) throw fault(`${path} ${issue.message}`);
  throw fault(`${path} should be ${issue.expected}, but is ${issue.received}`);
}
