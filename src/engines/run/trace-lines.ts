import { createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** Takes each line of a trace that buildctl wrote; a trace that is not there has none. Throws node's error. */
export async function eachTraceLine(path: string, take: (line: string) => void): Promise<void> {
  if (!existsSync(path)) return;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    take(line);
}

/**
 * What a line says. In: words of which it has one, since most lines are logs of steps, which may be long. Undefined: it has
 * none of them, or a kill cut it short.
 */
export function parseTraceLine(line: string, words: readonly string[]): unknown {
  if (!words.some((word) => line.includes(word))) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
