/**
 * `npm run fuzz`: a million hostile texts through every field and flag, read back by BuildKit's parser, dockerfile-ast and
 * the lifecycle's TOML library. `--count` says how many texts, `--seed` makes a run again, `--path` a single input of it.
 */
import { randomInt } from "node:crypto";
import process, { stdout } from "node:process";
import { parseArgs } from "node:util";
import { DockerfileReader } from "./helpers/dockerfile-reader.ts";
import { runHostile } from "./helpers/hostile-runs.ts";

const { values } = parseArgs({
  options: { count: { type: "string" }, seed: { type: "string" }, path: { type: "string" } },
});
const wanted = number("--count", values.count) ?? 1_000_000;
const seed = number("--seed", values.seed) ?? randomInt(2 ** 31);
stdout.write(`seed ${seed}, ${wanted} texts\n`);

const start = performance.now();
const reader = await DockerfileReader.start();
const { texts, refusals, failure } = await runHostile(
  { texts: wanted, seed, ...(values.path === undefined ? {} : { path: values.path }) },
  reader,
).finally(() => reader.close());

const seconds = (performance.now() - start) / 1000;
stdout.write(`seed ${seed}: ${texts} texts in ${seconds.toFixed(0)} s\n`);
for (const [code, count] of [...refusals].sort()) stdout.write(`refused ${count} times: ${code}\n`);
if (failure === undefined) stdout.write("nothing broke out\n");
else {
  stdout.write(`\n${failure.faults.join("\n")}\n\n${failure.input}\n\n`);
  stdout.write(`again: npm run fuzz -- --seed ${failure.seed} --path ${failure.path}\n`);
  process.exitCode = 1;
}

/** A whole number. Undefined: not given. Anything else ends the run. */
function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,10}$/.test(text)) return text === undefined ? undefined : Number(text);
  stdout.write(`${flag} is a number, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}
