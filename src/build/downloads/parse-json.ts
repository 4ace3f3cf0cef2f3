import * as v from "valibot";

/** Reads JSON into the type of `schema`. Undefined: it is none, or of another form. */
export function parseJson<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const read = v.safeParse(schema, value);
  return read.success ? read.output : undefined;
}
