import { join } from "node:path";
import { environmentVariables } from "../../src/options/environment-variables.ts";
import type { OptionRow } from "../../src/options/option.ts";
import { optionRows, shownFlag } from "../../src/options/table.ts";

/** The reference page of environment variables; made from the tables, and compared with it. */
export const environmentPageFile = join(import.meta.dirname, "../../docs/reference/environment.md");

const introduction = `# Environment variables

This page lists every variable that the command reads, and is generated from the tables behind \`--help\`. A flag wins over a
variable, and a variable over your [defaults file](configuration.md).

Build arguments, such as \`CNB_BUILDER\`, are not variables: see [Options](options.md). \`CNB_CACHE_SCOPE\` is both.
`;

/** Markdown, a section for each group. */
export function renderEnvironmentPage(): string {
  const own = Map.groupBy(rowsWith("variable"), ({ variable = "" }) => variable);
  const container = rowsWith("containerVariable").map(
    ({ containerVariable = "", containerText, text }) => [containerVariable, containerText ?? text] as const,
  );
  const sections = environmentVariables.map(({ title, variables }) => {
    const more = title === "The builder container" ? container : [];
    const lines = [
      ...variables.map(({ names, text }) => `| ${names.map(code).join(", ")} | ${capital(text)} |`),
      ...more.map(([name, text]) => `| ${code(name)} | ${capital(text)} |`),
    ];
    return `## ${title}\n\n| Variable | What it does |\n|---|---|\n${lines.join("\n")}\n`;
  });
  const first = [...own].map(([name, rows]) => {
    const flag = rows[0]?.flag;
    const texts = rows.map((row) => {
      const commands = rows.length === 1 ? "" : `${row.doors.map(code).join(", ")}: `;
      return `${commands}${capital(withoutOwnName(row.text, name))}`;
    });
    return `| ${code(name)} | ${flag === undefined ? "" : code(shownFlag(flag))} | ${texts.join("<br>")} |`;
  });
  const table = `## cnb-dockerfile\n\n| Variable | Flag | What it does |\n|---|---|---|\n${first.join("\n")}\n`;
  return [introduction, table, ...sections].join("\n");
}

/** What a flag's text says of its variable says nothing to those who read about the variable. */
function withoutOwnName(text: string, name: string): string {
  return text.replace(` (default: ${name}, if set)`, "").replace(`${name}, otherwise `, "");
}

function rowsWith(name: "variable" | "containerVariable"): OptionRow[] {
  return optionRows.filter((row: OptionRow) => row[name] !== undefined);
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replaceAll("|", "\\|");
}
