import { stdout } from "node:process";
import { median } from "../../helpers/median.ts";

/** One of two things that are compared. */
interface Side {
  readonly title: string;
  readonly run: () => Promise<unknown>;
}

/** Runs both in turn, so that whatever else the machine does slows both. */
export async function compare(
  what: string,
  count: number,
  [first, second]: readonly [Side, Side],
): Promise<void> {
  const timed = async ({ run }: Side) => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
  const pairs: [number, number][] = [];
  for (let index = 0; index < count; index++) {
    pairs.push([await timed(first), await timed(second)]);
  }
  const middle = (value: (pair: readonly [number, number]) => number) =>
    median(pairs.map(value).sort((a, b) => a - b));
  const [one, other] = [middle(([ms]) => ms), middle(([, ms]) => ms)].map((ms) => ms.toFixed(0));
  const [ratio, more] = [middle(([a, b]) => b / a).toFixed(2), middle(([a, b]) => b - a).toFixed(0)];
  stdout.write(
    `${what.padEnd(58)} ${first.title}: median ${one} ms, ${second.title}: ${other} ms, ${ratio} of it, ${more} ms more (${count} pairs)\n`,
  );
}
