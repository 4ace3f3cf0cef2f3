import * as v from "valibot";

/** What such an object is checked as, and what becomes of it. */
type Entries<Key extends v.GenericSchema, Value extends v.GenericSchema> = v.GenericSchema<
  Record<string, v.InferInput<Value>>,
  Map<v.InferOutput<Key>, v.InferOutput<Value>>
>;

/**
 * An object whose keys are names that others chose, as a Map: valibot's `record` leaves out `__proto__`, `constructor` and `prototype`,
 * which are ids and names as any other.
 */
export function entries<
  const Key extends v.GenericSchema<string, string>,
  const Value extends v.GenericSchema<unknown, unknown>,
>(key: Key, value: Value): Entries<Key, Value> {
  const schema = v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }): Map<string, unknown> => {
      const input = dataset.value;
      if (typeof input === "object" && input !== null) return new Map(Object.entries(input));
      addIssue({ label: "type", expected: "Object" });
      return NEVER;
    }),
    v.map(key, value),
  );
  // What is no such object, the transformation refuses.
  return schema as Entries<Key, Value>;
}
