import * as v from "valibot";

/**
 * An object whose keys are names that others chose, as a Map: valibot's `record` leaves out `__proto__`, `constructor` and `prototype`,
 * which are ids and names as any other.
 */
export function entries<
  const Key extends v.GenericSchema<string, string>,
  const Value extends v.GenericSchema<unknown, unknown>,
>(key: Key, value: Value) {
  return v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }): Map<string, unknown> => {
      const input = dataset.value;
      if (typeof input === "object" && input !== null) return new Map(Object.entries(input));
      addIssue({ label: "type", expected: "Object" });
      return NEVER;
    }),
    v.map(key, value as unknown as v.GenericSchema<unknown, v.InferOutput<Value>>),
  );
}
