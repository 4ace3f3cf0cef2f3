import type { Door } from "./option.ts";
import type { optionTable } from "./table.ts";

type Table = typeof optionTable;

/** `run-image` of `-B, --run-image <image>`. */
type Long<Flag extends string> = Flag extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name} ${string}`
    ? Name
    : Rest
  : never;

type Camel<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name;

/** As `attributeOf` has it. */
type Attribute<Flag extends string> = Flag extends `--no-${string} ${string}`
  ? Camel<Long<Flag>>
  : Long<Flag> extends `no-${infer Name}`
    ? Camel<Name>
    : Camel<Long<Flag>>;

type FlagValue<Row> = Row extends { readonly form: "list" }
  ? readonly string[]
  : Row extends { readonly form: "switch" }
    ? boolean
    : Row extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : Row extends { readonly flag: `${string}[${string}` }
        ? string | true
        : string;

type AtDoor<Row, At extends Door> = Row extends { readonly doors: readonly (infer Doors)[] }
  ? At extends Doors
    ? Row
    : never
  : never;

type FlagsOf<Rows> = {
  readonly [Name in keyof Rows as Rows[Name] extends { readonly flag: infer Flag extends string }
    ? Attribute<Flag>
    : never]?: FlagValue<Rows[Name]>;
};

/** Flags of a command as commander hands them over, by the table. */
export type FlagsAt<At extends Door> = FlagsOf<{
  readonly [Name in keyof Table as AtDoor<Table[Name], At> extends never ? never : Name]: Table[Name];
}>;

/** Flags that two commands have as the same option. */
export type SharedFlags<One extends Door, Other extends Door> = FlagsOf<{
  readonly [Name in keyof Table as AtDoor<Table[Name], One> extends never
    ? never
    : AtDoor<Table[Name], Other> extends never
      ? never
      : Name]: Table[Name];
}>;
