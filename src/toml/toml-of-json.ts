import type { TomlTable, TomlValue } from "./toml-table.ts";

/** JSON as TOML, which has no null: what is null is left out. Keys are sorted. Undefined: there is nothing left. */
export function tomlOfJson(value: unknown): TomlValue | undefined {
  if (Array.isArray(value)) return value.map(tomlOfJson).filter((item) => item !== undefined);
  if (typeof value === "object" && value !== null) return tomlTableOfJson(value);
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isPlain ? value : undefined;
}

/** The same of an object. */
export function tomlTableOfJson(object: object): TomlTable {
  const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(
    sorted.flatMap(([key, value]) => {
      const toml = tomlOfJson(value);
      return toml === undefined ? [] : [[key, toml]];
    }),
  );
}
