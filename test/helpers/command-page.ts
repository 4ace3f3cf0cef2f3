import { join } from "node:path";
import type { Command, Option } from "commander";
import { examples } from "../../src/cli/examples.ts";
import { exitCodesOf } from "../../src/cli/exit-code.ts";
import { idleProgram } from "./idle-program.ts";

/** The reference page of the command line; made from commander's commands, and compared with it. */
export const commandPageFile = join(import.meta.dirname, "../../docs/reference/cli.md");

const introduction = `# Command line reference

Generated from the commands behind \`--help\`. For build arguments, keys of project.toml and environment variables see
[Options](options.md).
`;

/** Markdown, a section for each command that help shows. */
export function renderCommandPage(): string {
  const program = idleProgram();
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => program.commands.includes(command));
  const list = commands.map((command) => {
    const name = `cnb-dockerfile ${command.name()}`;
    return `| [\`${name}\`](#${name.replaceAll(" ", "-")}) | ${cell(help.subcommandDescription(command))} |`;
  });
  return [
    introduction,
    `${consoleBlock([help.commandUsage(program)])}\n`,
    `| Command | What it does |\n|---|---|\n${list.join("\n")}\n`,
    `${optionTables(program)}\n`,
    ...commands.map(section),
  ].join("\n");
}

function section(command: Command): string {
  const help = command.createHelp();
  const taken = help
    .visibleArguments(command)
    .map(
      (argument) => `| ${code(help.argumentTerm(argument))} | ${cell(help.argumentDescription(argument))} |`,
    );
  const shown = (examples[command.name()] ?? []).map(
    ({ task, commands }) => `${task}:\n\n${consoleBlock(commands.map((line) => `$ ${line}`))}`,
  );
  const codes = exitCodesOf(command.name()).map((exit) => `| ${exit.code} | ${cell(exit.meaning)} |`);
  return [
    `## cnb-dockerfile ${command.name()}`,
    `${help.commandDescription(command)}.`,
    consoleBlock([help.commandUsage(command)]),
    ...(taken.length === 0
      ? []
      : [`### Arguments\n\n| Argument | What it is |\n|---|---|\n${taken.join("\n")}`]),
    optionTables(command),
    ...(shown.length === 0 ? [] : ["### Examples", ...shown]),
    `### Exit codes\n\n| Code | Meaning |\n|---|---|\n${codes.join("\n")}\n`,
  ].join("\n\n");
}

/** A table for each group, in the order of help. */
function optionTables(command: Command): string {
  const help = command.createHelp();
  const visible = help.visibleOptions(command);
  const groups = help.groupItems(
    command.options as Option[],
    visible,
    (option) => option.helpGroupHeading ?? "Options:",
  );
  return Array.from(groups, ([title, options]) => {
    const rows = options.map(
      (option) => `| ${code(help.optionTerm(option))} | ${cell(help.optionDescription(option))} |`,
    );
    return `### ${title.replace(/:$/, "")}\n\n| Flag | What it does |\n|---|---|\n${rows.join("\n")}`;
  }).join("\n\n");
}

function consoleBlock(lines: readonly string[]): string {
  return `\`\`\`console\n${lines.join("\n")}\n\`\`\``;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** Markdown ends a cell at a bar. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
