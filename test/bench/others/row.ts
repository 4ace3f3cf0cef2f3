import { stdout } from "node:process";
import { median } from "../../helpers/median.ts";

/** One finished run of a program. */
export interface Run {
  readonly wallMs: number;
  /** Absent: not measured. */
  readonly peakMiB?: number;
}

/** Runs something several times and prints the median. */
export async function row(what: string, count: number, run: () => Promise<Run>): Promise<void> {
  // The first of several fills caches and does not count.
  if (count > 1) await run();
  const runs: Run[] = [];
  for (let index = 0; index < count; index++) runs.push(await run());
  const wall = runs.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
  const peak = runs.flatMap(({ peakMiB }) => peakMiB ?? []).sort((a, b) => a - b);
  const memory = peak.length === 0 ? "" : `, peak memory ${median(peak).toFixed(0)} MiB`;
  const range = count === 1 ? "" : ` (${wall[0]?.toFixed(0)} to ${wall.at(-1)?.toFixed(0)}, ${count} runs)`;
  stdout.write(`${what.padEnd(58)} median ${median(wall).toFixed(0).padStart(6)} ms${range}${memory}\n`);
}
