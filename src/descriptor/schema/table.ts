import * as v from "valibot";

/** A table. Valibot's own object schema takes lists as well, which are what `[[name]]` makes where `[name]` is meant. */
export function table<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(v.custom<object>(isTable), v.object(entries));
}

/** Whether a value is a table of TOML: no list, no date. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
