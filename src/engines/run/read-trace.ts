import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** Takes what some lines of a trace say. */
export interface TraceReader {
  /** Of which a line has one, if it is for this reader: most lines are logs of steps, which may be long. */
  readonly words: readonly string[];
  readonly take: (told: unknown) => void;
}

/** Reads a trace that buildctl wrote, once for all readers; one that is not there has no lines. Throws node's error. */
export async function readTrace(path: string, readers: readonly TraceReader[]): Promise<void> {
  if (readers.length === 0 || !existsSync(path)) return;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    takeLine(line, readers);
}

/** Hands a line to the readers that it is for. One that a kill cut short says nothing. */
export function takeLine(line: string, readers: readonly TraceReader[]): void {
  const takers = readers.filter(({ words }) => words.some((word) => line.includes(word)));
  if (takers.length === 0) return;
  let told: unknown;
  try {
    told = JSON.parse(line);
  } catch {
    return;
  }
  for (const { take } of takers) take(told);
}
