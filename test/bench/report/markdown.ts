import type { BenchReport, RowResult, Verdict } from "../results.ts";
import { seconds } from "./text.ts";

/** Lines of a page between which the table lies. */
export const tableStart = "<!-- npm run bench -- --markdown writes from here -->";
export const tableEnd = "<!-- to here -->";

/** A table of medians in seconds, with the ratio to the row's reference behind, and whether targets hold. */
export function reportMarkdown({ rows, cores, commit, isQuick }: BenchReport): string {
  const rounds = [...new Set(rows.map((row) => row.rounds))].join(" or ");
  const head = `Medians of ${rounds} rounds on ${cores} cores at commit \`${commit}\`${isQuick ? " (`--quick`)" : ""}. Behind a time: the median of its ratios to \`pack build\` in the same round, or to what the row names.`;
  const lines = [
    "| app and change | `pack build` | `docker buildx build` | `cnb-dockerfile build` | Dockerfile by hand | targets |",
    "|---|---|---|---|---|---|",
    ...rows.map(rowLine),
  ];
  return `${head}\n\n${lines.join("\n")}\n`;
}

function rowLine(row: RowResult): string {
  const { title, reference, verdicts } = row;
  const named = reference === "pack build" ? title : `${title} (ratio to ${reference})`;
  const times = ["pack", "buildx", "build", "dockerfile"].map((side) => cell(row, side));
  return `| ${[named, ...times, verdicts.map(verdictCell).join("<br>")].join(" | ")} |`;
}

function cell({ sides }: RowResult, name: string): string {
  const side = sides.find((one) => one.side === name);
  if (side === undefined) return "";
  const ratio = name === "pack" ? undefined : side.toReference?.spread.median;
  return `${seconds(side.wall.median)} s${ratio === undefined ? "" : ` (${ratio.toFixed(2)})`}`;
}

function verdictCell({ target, side, value, unit, isMet }: Verdict): string {
  const measured = unit === "ratio" ? value.toFixed(2) : `${value.toFixed(0)} ms`;
  return `${isMet ? "✓" : "✗"} ${target}${isMet ? "" : `: ${side} has ${measured}`}`;
}

/** The page with the table in the place of what was between the two lines; a page without them is the table alone. */
export function renewPage(page: string, table: string): string {
  const start = page.indexOf(tableStart);
  const end = page.indexOf(tableEnd);
  if (start < 0 || end < start) return table;
  return `${page.slice(0, start + tableStart.length)}\n\n${table}\n${page.slice(end)}`;
}
