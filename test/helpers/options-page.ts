import { join } from "node:path";
import type { Door, OptionRow } from "../../src/options/option.ts";
import { optionGroups } from "../../src/options/table.ts";

/** The reference page of options; made from the table, and compared with it. */
export const optionsPageFile = join(import.meta.dirname, "../../docs/reference/options.md");

const commands: readonly Door[] = ["generate", "check", "plan", "build", "cache", "rebase"];

const introduction = `# Options

This page lists every option, and every way to set it. It is made from the same table as \`--help\`.

- **Flag**: of the commands in the last column.
- **Build argument**: for a build with our frontend, \`docker buildx build --build-arg NAME=VALUE\`, and for \`--build-arg\` of our
  own commands. An empty value is the same as none, except for \`CNB_CACHE_SCOPE\`, where it is an error; for a generated
  Dockerfile, an empty \`CNB_FAIL_ON\` switches the file's own gate off.
- **Also set by**: a key of \`[io.github.cnb-dockerfile]\` in project.toml; a key of your [defaults file](configuration.md); an
  environment variable; a variable of the [builder container](../guides/builder-container.md).

A flag or build argument counts before an environment variable, that before your defaults file, and that before project.toml.
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
    flag === undefined ? "" : code(flag),
    argument === undefined ? "" : code(argument),
    also.join("<br>"),
    `${capital(text)}.${values}${fallback}${spoken}`.replaceAll("|", "\\|"),
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

/** Not of what is to be written as it stands, as `type=image`. */
function capital(text: string): string {
  if (/^\w+=/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
