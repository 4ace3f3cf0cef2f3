import { join } from "node:path";
import { environmentVariables } from "../../src/options/environment-variables.ts";
import type { OptionRow } from "../../src/options/option.ts";
import { optionRows } from "../../src/options/table.ts";

/** The reference page of environment variables; made from the tables, and compared with it. */
export const environmentPageFile = join(import.meta.dirname, "../../docs/reference/environment.md");

const introduction = `# Environment variables

This page lists every variable that the command reads. It is made from the same tables as the program. A flag counts before a
variable, a variable before your [defaults file](configuration.md).

Build arguments, such as \`CNB_BUILDER\`, are not variables: see [Options](options.md). \`CNB_CACHE_SCOPE\` is both.
`;

/** Markdown, a section for each group. */
export function renderEnvironmentPage(): string {
  const own = rowsWith("variable").map((row) => [row.variable ?? "", row.flag, row.text] as const);
  const container = rowsWith("containerVariable").map(
    (row) => [row.containerVariable ?? "", row.flag, row.text] as const,
  );
  const sections = environmentVariables.map(({ title, variables }) => {
    const more = title === "The builder container" ? container : [];
    const lines = [
      ...variables.map(({ names, text }) => `| ${names.map(code).join(", ")} | ${capital(text)} |`),
      ...more.map(([name, , text]) => `| ${code(name)} | ${capital(text)} |`),
    ];
    return `## ${title}\n\n| Variable | What it does |\n|---|---|\n${lines.join("\n")}\n`;
  });
  const first = own.map(
    ([name, flag, text]) => `| ${code(name)} | ${flag === undefined ? "" : code(flag)} | ${capital(text)} |`,
  );
  const table = `## cnb-dockerfile\n\n| Variable | Flag | What it does |\n|---|---|---|\n${first.join("\n")}\n`;
  return [introduction, table, ...sections].join("\n");
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
