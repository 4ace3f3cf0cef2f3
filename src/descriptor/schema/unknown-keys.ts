import type { GenericSchema } from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { closest } from "../../diagnostics/did-you-mean.ts";
import { isTable } from "./table.ts";

/**
 * Warns about keys below `tables` that the schema has no place for; tables outside are the author's own.
 * In: the parsed file and the schema it was checked with. Out: a warning a key, in the file's order.
 */
export function unknownKeys(
  value: unknown,
  schema: GenericSchema,
  tables: readonly (readonly string[])[],
  named: { readonly file: string; readonly version: string },
): Diagnostic[] {
  return tables.flatMap((path) => {
    let [inner, innerSchema]: [unknown, GenericSchema | undefined] = [value, schema];
    for (const key of path) {
      inner = isTable(inner) ? inner[key] : undefined;
      innerSchema = innerSchema === undefined ? undefined : entriesOf(innerSchema)?.[key];
    }
    return innerSchema === undefined ? [] : Array.from(walk(inner, innerSchema, path.join("."), named));
  });
}

function* walk(
  value: unknown,
  schema: GenericSchema,
  path: string,
  named: { readonly file: string; readonly version: string },
): Generator<Diagnostic> {
  const element = elementOf(schema);
  if (element !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* walk(item, element, `${path}[${index}]`, named);
    return;
  }
  const entries = entriesOf(schema);
  if (entries === undefined || !isTable(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
    const keyPath = `${path}.${key}`;
    if (entry !== undefined) yield* walk(item, entry, keyPath, named);
    else {
      const suggestion = closest(key, Object.keys(entries));
      yield diagnose(
        "descriptor/unknown-key",
        { key: keyPath, schema: named.version, suggestion },
        { file: named.file, keyPath },
      );
    }
  }
}

/** Entries of an object schema, seen through `optional` and pipes. Valibot's generic type hides them. */
function entriesOf(schema: GenericSchema): Readonly<Record<string, GenericSchema>> | undefined {
  const inner = unwrap(schema);
  return "entries" in inner ? (inner.entries as Readonly<Record<string, GenericSchema>>) : undefined;
}

function elementOf(schema: GenericSchema): GenericSchema | undefined {
  const inner = unwrap(schema);
  return "item" in inner ? (inner.item as GenericSchema) : undefined;
}

function unwrap(schema: GenericSchema): GenericSchema {
  if ("wrapped" in schema) return unwrap(schema.wrapped as GenericSchema);
  const last = "pipe" in schema ? (schema.pipe as GenericSchema[]).at(-1) : undefined;
  return last === undefined || last === schema ? schema : unwrap(last);
}
