import { join } from "node:path";
import type { Door, OptionRow } from "../../src/options/option.ts";
import { optionGroups, shownFlag } from "../../src/options/table.ts";

/** The reference page of options; made from the table, and compared with it. */
export const optionsPageFile = join(import.meta.dirname, "../../docs/reference/options.md");

const commands: readonly Door[] = ["generate", "check", "plan", "build", "cache", "rebase"];

const introduction = `# Options

All options and the ways to set them, generated from the table behind \`--help\`. For usage and examples of each command see the
[command line reference](cli.md).

- **Flag**: a flag of the commands in the last column.
- **Build argument**: \`docker buildx build --build-arg NAME=VALUE\` with the frontend, or \`--build-arg\` of \`cnb-dockerfile\`. An empty
  value means that the argument is not set. Two exceptions: an empty \`CNB_CACHE_SCOPE\` is an error, and an empty \`CNB_FAIL_ON\`
  turns the gate of a generated Dockerfile off.
- **Also set by**: a key of \`[io.github.cnb-dockerfile]\` in project.toml, a key of your [defaults file](configuration.md), an
  environment variable, or a variable of the [builder container](../guides/builder-container.md).

If an option is set more than once, a flag or build argument wins over an environment variable, which wins over your defaults
file, which wins over project.toml.
`;

/** Markdown, a section for each group of the table. */
export function renderOptionsPage(): string {
  const sections = optionGroups.map(({ title, rows }) => {
    const lines = Object.values(rows).map((row) => `| ${cells(row).join(" | ")} |`);
    const head = "| Flag | Build argument | Also set by | What it does | Commands |\n|---|---|---|---|---|";
    return `## ${title}\n\n${head}\n${lines.join("\n")}\n`;
  });
  return [introduction, ...sections].join("\n");
}

function cells(row: OptionRow): string[] {
  const { flag, argument, key, setting, variable, containerVariable, text, argumentText, choices, usual } =
    row;
  const also = [
    ...(key === undefined ? [] : [`project.toml: ${code(key)}`]),
    ...(setting === undefined ? [] : [`defaults file: ${code(setting)}`]),
    ...(variable === undefined ? [] : [`variable: ${code(variable)}`]),
    ...(containerVariable === undefined ? [] : [`container: ${code(containerVariable)}`]),
  ];
  const values = choices === undefined ? "" : ` One of ${choices.map(code).join(", ")}.`;
  const fallback = usual === undefined ? "" : ` Default: ${code(usual)}.`;
  const spoken =
    row.separator !== undefined && argumentText !== undefined ? ` Build argument: ${argumentText}.` : "";
  return [
    flag === undefined ? "" : code(shownFlag(flag)),
    argument === undefined ? "" : code(argument),
    also.join("<br>"),
    `${text}.${values}${fallback}${spoken}`.replaceAll("|", "\\|"),
    commandsOf(row),
  ];
}

function commandsOf({ doors }: OptionRow): string {
  const named = commands.filter((command) => doors.includes(command));
  if (named.length === 0) return "frontend";
  return named.length === commands.length ? "all" : named.join(", ");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
