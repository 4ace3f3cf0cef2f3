import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/did-you-mean.ts";
import { type NamedOption, type OptionName, optionRows, type optionTable } from "./table.ts";

type Table = typeof optionTable;

/** An option that can be given as a build argument, too. */
export type ArgumentOption = {
  [Name in OptionName]: Table[Name] extends { readonly argument: string } ? Name : never;
}[OptionName];

type ArgumentRow = NamedOption & { readonly name: ArgumentOption; readonly argument: string };

/** Options that have a build argument, in the order of the table. */
export const argumentRows: readonly ArgumentRow[] = optionRows.filter(
  (row): row is ArgumentRow => row.argument !== undefined,
);

/** The option of each build argument. */
export const argumentOptions: Readonly<Record<string, ArgumentOption>> = Object.fromEntries(
  argumentRows.map(({ name, argument }) => [argument, name]),
);

/** The build argument of each option. */
export const argumentNames = Object.fromEntries(
  argumentRows.map(({ name, argument }) => [name, argument]),
) as Readonly<Record<ArgumentOption, string>>;

/** Reads the value of an option that is on or off. Undefined: it is neither. Source: BuildKit's own arguments. */
export function readSwitch(value: string): boolean | undefined {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  return /^(?:0|f|false)$/i.test(value) ? false : undefined;
}

/** Items of an argument that is a list. */
export function listItems(text: string, separator: "," | ";"): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** What build arguments of ours say; absent: nothing. Of one that is on or off, what it is. */
export type ArgumentTexts = Partial<Record<ArgumentOption, string | readonly string[] | boolean>>;

/**
 * What build arguments say, by option; an empty one says nothing, but where that is a mistake. Names that are no option are
 * passed over. Faults are added to `found`.
 */
export function readArgumentTexts(
  given: Readonly<Record<string, string>>,
  found: Diagnostic[],
): ArgumentTexts {
  const said = argumentRows.flatMap((row): [ArgumentOption, string | readonly string[] | boolean][] => {
    const { name, argument, form, separator, refusesEmpty } = row;
    const text = Object.hasOwn(given, argument) ? given[argument] : undefined;
    if (text === undefined || (text === "" && refusesEmpty !== true)) return [];
    if (form === "list") return [[name, listItems(text, separator ?? ",")]];
    if (form === "text") return [[name, text]];
    const value = readSwitch(text);
    if (value !== undefined) return [[name, value]];
    const location = { file: `--build-arg ${argument}` };
    found.push(diagnose("cli/build-arg-not-boolean", { name: argument, value: text }, location));
    return [];
  });
  return Object.fromEntries(said);
}

/** The text of a build argument that says something of an option. Undefined: it says nothing. */
export function argumentText(
  { separator = "," }: NamedOption,
  value: string | readonly string[] | boolean | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  const items = [value].flat().map(String);
  return items.filter((item) => item !== "").join(separator) || undefined;
}

/** A build argument, or a build-time variable. */
interface GivenArgument {
  readonly name: string;
  readonly value: string;
}

/** What a build argument means to a buildpacks build. */
type BuildArgument =
  | { readonly kind: "option"; readonly option: ArgumentOption; readonly value: string }
  /** A build-time variable, as Dockerfiles that declare an ARG would have it. */
  | { readonly kind: "variable"; readonly variable: GivenArgument }
  /** BuildKit's own: it acts on the build, whatever is built. */
  | { readonly kind: "buildkit" }
  /** Begins as an option does, and is none. */
  | { readonly kind: "unknown"; readonly suggestion: string | undefined };

/** Source: Dockerfile reference, "Predefined ARGs", "BuildKit built-in build args" and "Automatic platform ARGs". */
const buildkitArgument =
  /^(?:(?:https?|ftp|no|all)_proxy|SOURCE_DATE_EPOCH|BUILDKIT_\w+|(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT))$/i;

export function readBuildArgument({ name, value }: GivenArgument): BuildArgument {
  const option = Object.hasOwn(argumentOptions, name) ? argumentOptions[name] : undefined;
  if (option !== undefined) return { kind: "option", option, value };
  if (name.startsWith("CNB_")) {
    return { kind: "unknown", suggestion: closest(name, Object.keys(argumentOptions)) };
  }
  return buildkitArgument.test(name) ? { kind: "buildkit" } : { kind: "variable", variable: { name, value } };
}
