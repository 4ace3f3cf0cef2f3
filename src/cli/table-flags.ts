import { type Command, Option } from "commander";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Door } from "../options/option.ts";
import { answersAt, forgottenAt } from "../options/other-programs/answered-flags.ts";
import {
  attributeOf,
  isNegated,
  longFlag,
  type NamedOption,
  optionGroups,
  optionsAt,
} from "../options/table.ts";

/** Adds every flag that the table has for a command, in its order. */
export function addTableFlags(command: Command, door: Door): Command {
  for (const row of optionsAt(door)) {
    if (row.flag === undefined) continue;
    const option = flagOf(row, row.flag);
    const group = optionGroups.find(({ rows }) => Object.hasOwn(rows, row.name));
    if (group !== undefined) option.helpGroup(`${group.title}:`);
    command.addOption(option);
  }
  return command;
}

function flagOf(row: NamedOption, flags: string): Option {
  const { form, splits, choices, usual, text, conflicts, implies } = row;
  const option = new Option(flags, text);
  // Commander makes `--cache-filter` switched off of any name with `no-`, also of one with a value.
  option.negate = isNegated(flags);
  if (choices !== undefined) option.choices(choices);
  if (form === "list") option.argParser(splits === true ? listed : several);
  if (usual !== undefined) option.default(usual);
  if (conflicts !== undefined) option.conflicts([...conflicts]);
  if (implies !== undefined) option.implies(Object.fromEntries(implies.map((name) => [name, true])));
  return option;
}

const several = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
const listed = (value: string, before: readonly string[] | undefined) => [
  ...(before ?? []),
  ...value.split(","),
];

/** What flags of a command say, by the table's names; a name of pack's for an option counts for it. */
export function saidByFlags(flags: object, door: Door): Record<string, unknown> {
  const given = flags as Readonly<Record<string, unknown>>;
  const said: Record<string, unknown> = {};
  for (const { name, flag, sameAs } of optionsAt(door)) {
    if (flag === undefined) continue;
    const value = given[attributeOf(flag)];
    // Commander says of what can be switched off that it is on.
    if (value === undefined || (isNegated(flag) && value === true)) continue;
    const option = sameAs ?? name;
    if (sameAs === undefined || said[option] === undefined) said[option] = value;
  }
  return said;
}

/** Adds the flags of other programs and commands that a command answers; help does not show them. */
export function addAnsweredFlags(command: Command, door: Door): Command {
  for (const flags of [...answersAt(door).map((answer) => answer.flags), ...forgottenAt(door)]) {
    const option = new Option(flags).hideHelp();
    option.negate = isNegated(flags);
    command.addOption(option);
  }
  return command;
}

/** The flags without those that are only answered: nothing has checked the form of their values. */
export function withoutAnswered<Flags extends object>(flags: Flags, door: Door): Flags {
  const names = optionsAt(door).flatMap(({ flag }) => (flag === undefined ? [] : [attributeOf(flag)]));
  return Object.fromEntries(Object.entries(flags).filter(([name]) => names.includes(name))) as Flags;
}

/** The answers to such flags, where some were given. */
export function flagAnswers(flags: object, door: Door): Diagnostic[] {
  return answersAt(door).flatMap(({ flags: text, code, instead }) => {
    const flag = givenFlag(flags, text);
    return flag === undefined ? [] : [diagnose(code, { flag, instead }, { file: flag })];
  });
}

/** The long name of a flag that was given. In: it as commander wants it. Undefined: it was not. */
export function givenFlag(flags: object, text: string): string | undefined {
  // `--no-color` is the flag `color`, switched off.
  const value = (flags as Readonly<Record<string, unknown>>)[attributeOf(text)];
  if (value === undefined || (isNegated(text) && value === true)) return undefined;
  // `--no-cache` of one tool is no `--cache VALUE` of another.
  if (text.includes("<") && typeof value === "boolean") return undefined;
  return longFlag(text);
}
