import type { Argument, Command, HelpConfiguration, Option } from "commander";
import { shownFlag } from "../options/table.ts";
import { type Example, examples } from "./examples.ts";
import { exitCodesOf } from "./exit-code.ts";

/** How help draws usage, flags and arguments: placeholders in capitals, as docker does. */
export const helpForm: HelpConfiguration = {
  commandUsage: usageOf,
  subcommandTerm: (command) => command.name(),
  optionTerm: ({ flags }) => shownFlag(flags),
  argumentTerm: (argument) => argument.name().toUpperCase(),
  optionDescription: describeOption,
  argumentDescription: ({ description, argChoices }) => withDetails(description, [choiceText(argChoices)]),
};

/** What help shows below the flags of a command: examples and exit codes. */
export function helpEnd(command: string): string {
  const shown = examples[command] ?? [];
  const codes = exitCodesOf(command).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return [
    ...(shown.length === 0 ? [] : ["", "Examples:", shown.map(exampleText).join("\n\n")]),
    ...["", "Exit codes:", ...codes],
  ].join("\n");
}

function exampleText({ task, commands }: Example): string {
  return [`  ${task}:`, ...commands.map((command) => `    $ ${command}`)].join("\n");
}

function usageOf(command: Command): string {
  const names = [command.name()];
  for (let above = command.parent; above !== null; above = above.parent) names.unshift(above.name());
  const ownCommand = command.commands.length > 0 ? ["COMMAND"] : [];
  return [...names, "[OPTIONS]", ...ownCommand, ...command.registeredArguments.map(argumentUsage)].join(" ");
}

function argumentUsage(argument: Argument): string {
  const { argChoices, required } = argument;
  const name = argChoices === undefined ? argument.name().toUpperCase() : argChoices.join("|");
  return required ? name : `[${name}]`;
}

/** A default that the table names; others stand in the text. */
function describeOption({ description, argChoices, defaultValue }: Option): string {
  const usual = typeof defaultValue === "string" ? `default: ${defaultValue}` : undefined;
  return withDetails(description, [choiceText(argChoices), usual]);
}

function choiceText(choices: readonly string[] | undefined): string | undefined {
  return choices === undefined ? undefined : `one of ${choices.join(", ")}`;
}

function withDetails(description: string, details: readonly (string | undefined)[]): string {
  const told = details.filter((detail) => detail !== undefined).join("; ");
  return told === "" ? description : `${description} (${told})`;
}
