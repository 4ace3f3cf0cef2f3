import { stdout } from "node:process";
import {
  compileLarge,
  type LargeProject,
  longGroup,
  manyGroups,
  manyVariables,
} from "../../helpers/large-projects.ts";
import { median } from "../../helpers/median.ts";

/** What ten times as much takes: an order of 1,000 entries beside one of 100, 10,000 variables beside 1,000. */
export async function benchCompile(): Promise<void> {
  await pair("compile, a group of buildpacks", longGroup, 100, 1000);
  await pair("compile, a builder's groups with an entry around each", manyGroups, 100, 1000);
  await pair("compile, build-time variables", manyVariables, 1000, 10_000);
}

/** Compiles a small and a large project in turn, so that whatever else the machine does slows both. */
async function pair(
  what: string,
  make: (count: number) => LargeProject,
  small: number,
  large: number,
): Promise<void> {
  const timed = async (project: LargeProject): Promise<number> => {
    const start = performance.now();
    await compileLarge(project);
    return performance.now() - start;
  };
  const [few, many] = [make(small), make(large)];
  const pairs: (readonly [number, number])[] = [];
  for (let index = 0; index <= 15; index++) pairs.push([await timed(few), await timed(many)]);
  // The first one compiles our own code.
  const sorted = (values: readonly number[]) => values.slice(1).sort((a, b) => a - b);
  const fewMs = median(sorted(pairs.map(([ms]) => ms)));
  const manyMs = median(sorted(pairs.map(([, ms]) => ms)));
  const ratio = median(sorted(pairs.map(([a, b]) => b / a)));
  stdout.write(
    `${what.padEnd(58)} ${small}: median ${fewMs.toFixed(0)} ms, ${large}: ${manyMs.toFixed(0)} ms, ${ratio.toFixed(1)} times as long\n`,
  );
}
