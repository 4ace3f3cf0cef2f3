import * as v from "valibot";
import { diagnose } from "../../diagnostics/diagnose.ts";
import {
  type CompiledName,
  type CompiledOptions,
  type KeyedOptions,
  type OptionTexts,
  readCompiledOptions,
} from "../../options/compiled-options.ts";
import { type DeclaredBinding, declarationFaults } from "../../options/declarations.ts";
import { type NamedOption, orderedRows } from "../../options/table.ts";
import type { Faults } from "../faults.ts";
import { table } from "./table.ts";

/** Where our own table stands: a reverse domain name, as the spec asks of tables that are not its own. */
export const ownPath = ["io", "github", "cnb-dockerfile"];

const bindingSchema = table({
  name: v.string(),
  type: v.string(),
  keys: v.optional(v.array(v.string()), []),
});

/** What a key can hold. In bindings each is a table; other lists are of texts. */
function schemaOf({ name, form }: NamedOption): v.GenericSchema {
  if (name === "bindings") return v.array(bindingSchema);
  switch (form) {
    case "text":
      return v.string();
    case "switch":
      return v.boolean();
    case "list":
      return v.array(v.string());
  }
}

const keyedRows = orderedRows.flatMap((row) => (row.key === undefined ? [] : [{ ...row, key: row.key }]));

/** `[io.github.cnb-dockerfile]`: secrets of a build, none of which may stand in a file, and settings that pack has not. */
export const ownSchema = table(
  Object.fromEntries(keyedRows.map((row) => [row.key, v.optional(schemaOf(row))])),
);

/** Reads our own table. Faults go to `faults`. */
export function readOwn(
  own: v.InferOutput<typeof ownSchema> | undefined,
  { file, found }: Faults,
): KeyedOptions {
  const at = ownPath.join(".");
  const said = Object.fromEntries(keyedRows.map(({ name, key }) => [name, own?.[key]]));
  // The schema has looked at it.
  const tables = (said.bindings ?? []) as readonly Omit<DeclaredBinding, "location">[];
  const bindings = tables.map((binding, index) => ({
    ...binding,
    location: { file, keyPath: `${at}.bindings[${index}]` },
  }));
  const read = readCompiledOptions(
    { ...said, bindings: [] } as OptionTexts,
    (name, index) => ({ file, keyPath: keyPath(at, name, index) }),
    found,
    { emptyIsWrong: true },
  );
  found.push(
    ...declarationFaults({ secrets: [], bindings }).map(({ values, location }) =>
      diagnose("descriptor/declared-name", values, location),
    ),
  );
  return { ...pickKeyed(read), bindings };
}

function keyPath(at: string, name: CompiledName, index: number): string {
  const row = keyedRows.find((one) => one.name === name);
  return row?.form === "list" ? `${at}.${row.key}[${index}]` : `${at}.${row?.key}`;
}

/** Without what options have where nobody says anything. */
function pickKeyed(read: CompiledOptions): KeyedOptions {
  const names = keyedRows.map(({ name }) => name as string);
  // Only rows that have a key are picked, as in the type.
  return Object.fromEntries(
    Object.entries(read).filter(([name]) => names.includes(name)),
  ) as unknown as KeyedOptions;
}
