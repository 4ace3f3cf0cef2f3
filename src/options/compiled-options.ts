import type { Diagnostic, SourceLocation } from "../diagnostics/diagnostic.ts";
import type { ReadOption } from "./option.ts";
import { type OptionName, type optionTable, orderedRows } from "./table.ts";

type Table = typeof optionTable;

/** Options that the compiler is told of. */
export type CompiledName = {
  [Name in OptionName]: Table[Name] extends { readonly compiled: true } ? Name : never;
}[OptionName];

type One<Row> = Row extends { readonly read: ReadOption<infer Value> }
  ? NonNullable<Value>
  : Row extends { readonly form: "switch" }
    ? boolean
    : string;

type Value<Row> = Row extends { readonly form: "list" } ? readonly One<Row>[] : One<Row>;

type WithInitial = {
  [Name in CompiledName]: Table[Name] extends { readonly initial: unknown } ? Name : never;
}[CompiledName];

/** What the compiler is told, read and checked. Absent: nobody said it. */
export type CompiledOptions = {
  readonly [Name in WithInitial]: Value<Table[Name]>;
} & {
  readonly [Name in Exclude<CompiledName, WithInitial>]?: Value<Table[Name]>;
};

/** What of it a project can say in our own table of its project.toml. */
export type KeyedOptions = Pick<
  CompiledOptions,
  { [Name in CompiledName]: Table[Name] extends { readonly key: string } ? Name : never }[CompiledName]
>;

/** What options say, as texts. */
export type OptionTexts = Partial<
  Readonly<Record<CompiledName, string | readonly string[] | boolean | undefined>>
>;

/** Where something is said. In: its place among the values, for a list. */
export type OptionPlace = (name: CompiledName, index: number) => SourceLocation;

interface ReadingRules {
  /** Whether an empty text is read as any other, as in a file that somebody has written. */
  readonly emptyIsWrong?: boolean;
}

/**
 * Reads what options say, at whichever door; an empty text says nothing. Faults are added to `found`, and what they are of is
 * left out.
 */
export function readCompiledOptions(
  texts: OptionTexts,
  place: OptionPlace,
  found: Diagnostic[],
  { emptyIsWrong = false }: ReadingRules = {},
): CompiledOptions {
  const values = orderedRows.flatMap(
    ({ name: option, form, read, checkAll, initial, compiled, refusesEmpty }) => {
      if (compiled !== true) return [];
      const name = option as CompiledName;
      const said = texts[name];
      const one = (text: string, index: number): unknown[] => {
        if (text === "" && refusesEmpty !== true && !emptyIsWrong) return [];
        const value = read === undefined ? text : read(text, place(name, index), found);
        return value === undefined ? [] : [value];
      };
      if (said === undefined || typeof said === "boolean") {
        const value = said ?? initial;
        return value === undefined ? [] : [[name, value] as const];
      }
      if (form === "list") {
        const values = [said].flat().flatMap(one);
        // They are what the row itself reads.
        found.push(...(checkAll?.(values as never[]) ?? []));
        return [[name, values] as const];
      }
      const [value] = [said].flat().flatMap(one);
      return value === undefined ? [] : [[name, value] as const];
    },
  );
  // Each value comes from the row that its type comes from.
  return Object.fromEntries(values) as unknown as CompiledOptions;
}
