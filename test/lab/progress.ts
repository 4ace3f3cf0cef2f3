import { stderr } from "node:process";

const start = performance.now();

/** Prints one line on stderr, with the seconds since this process began. */
export function say(text: string): void {
  stderr.write(`lab ${((performance.now() - start) / 1000).toFixed(1).padStart(6)}s  ${text}\n`);
}

/** Says what begins, runs it, and says how long it took; a failure passes through unchanged. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  say(`${what} …`);
  const begun = performance.now();
  const result = await work();
  say(`${what}: done in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return result;
}
