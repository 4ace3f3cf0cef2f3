import * as v from "valibot";
import { entries } from "./entries.ts";

/**
 * An object whose keys are names that others chose, with all of them: valibot's own `record` leaves out `__proto__`, `constructor` and
 * `prototype`. Each is a property of the object's own; ask `Object.hasOwn` for a name that somebody chose.
 */
export function record<
  const Key extends v.GenericSchema<string, string>,
  const Value extends v.GenericSchema<unknown, unknown>,
>(key: Key, value: Value) {
  return v.pipe(
    entries(key, value),
    v.transform((pairs): Record<string, v.InferOutput<Value>> => Object.fromEntries(pairs)),
  );
}
