import type { RowResult, SideResult, Verdict } from "../results.ts";

const columns = [
  "",
  "median",
  "from–to",
  "ratio",
  "CPU client",
  "CPU daemon",
  "memory",
  "pushed",
  "containers",
];

/** A table of one row's sides, and a line for each of its targets. */
export function rowText({ row, title, rounds, sides, reference, verdicts }: RowResult): string {
  const table = [columns, ...sides.map(cells)];
  const widths = columns.map((_, column) => Math.max(...table.map((line) => (line[column] ?? "").length)));
  const lines = table.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const head = `${row}: ${title} (${rounds} rounds, ratio to ${reference})`;
  return `${[head, ...lines.map((line) => `  ${line}`), ...verdicts.map((one) => `  ${verdictText(one)}`)].join("\n")}\n`;
}

function cells({ title, wall, runs, toReference, observation }: SideResult): readonly string[] {
  const middle = (of: (run: SideResult["runs"][number]) => number) => {
    const sorted = runs.map(of).sort((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  };
  return [
    title,
    `${seconds(wall.median)} s`,
    `${seconds(wall.least)}–${seconds(wall.most)}`,
    toReference === undefined ? "" : toReference.spread.median.toFixed(2),
    `${middle((run) => run.clientCpuSeconds).toFixed(2)} s`,
    `${middle((run) => run.daemonCpuSeconds).toFixed(2)} s`,
    `${middle((run) => run.clientPeakMiB).toFixed(0)} MiB`,
    bytesText(middle((run) => run.pushedBytes)),
    observation === undefined ? "" : String(observation.containers),
  ];
}

export function verdictText({ target, side, value, unit, isMet }: Verdict): string {
  const measured = unit === "ratio" ? value.toFixed(2) : `${value.toFixed(0)} ms`;
  return `${isMet ? "holds" : "MISSED"}: at most ${target}; ${side} has ${measured}`;
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** `3.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
