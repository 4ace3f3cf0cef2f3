import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DockerfileReader } from "../helpers/dockerfile-reader.ts";
import { runHostile } from "../helpers/hostile-runs.ts";
import { readerSource } from "../lab/dockerfile-reader.ts";
import { hostTools } from "../lab/tool-list.ts";

let reader: DockerfileReader;

// The first time the reader is built, and its packages fetched.
beforeAll(async () => {
  reader = await DockerfileReader.start();
}, 600_000);
afterAll(() => reader.close());

it("nothing that is put in breaks out: 10,000 hostile texts arrive as they are, or are refused by name", async () => {
  const { failure, texts } = await runHostile({ texts: 10_000, seed: randomInt(2 ** 31) }, reader);
  if (failure !== undefined) {
    const { seed, path, faults, input } = failure;
    expect.fail(`${faults.join("\n")}\n\n${input}\n\nnpm run fuzz -- --seed ${seed} --path ${path}`);
  }
  expect(texts).toBeGreaterThanOrEqual(10_000);
}, 300_000);

it("what reads them is the parser of the BuildKit that the lab runs", () => {
  const { module, version } = hostTools[0];
  expect(readFileSync(join(readerSource, "go.mod"), "utf8")).toContain(`${module} ${version}\n`);
});
