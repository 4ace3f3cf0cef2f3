import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  commandCaseNames,
  commandCasesDirectory,
  commandInputs,
  isRootCase,
  runCommandCases,
} from "./helpers/command-cases.ts";
import { runsInProcess } from "./helpers/starting.ts";

// As root, in the project `golden`, without those that another user has to run; in `program` he runs them all.
const names = commandCaseNames().filter(
  (name) => !runsInProcess || process.getuid?.() !== 0 || isRootCase(name),
);

describe("each folder of golden/cli/ gives what stands in it", () => {
  let results: Awaited<ReturnType<typeof runCommandCases>>;
  beforeAll(async () => {
    results = await runCommandCases(names);
  }, 120_000);

  it.each(names)("%s", async (name) => {
    const directory = join(commandCasesDirectory, name);
    const outputs = results.get(name) ?? new Map<string, string>();
    for (const [file, text] of outputs) await expect(text).toMatchFileSnapshot(join(directory, file));
    // A file that nothing makes any more would otherwise stay for ever.
    const known = [...commandInputs, ...outputs.keys()];
    expect(
      readdirSync(directory).filter((file) => !known.includes(file)),
      "files that nothing makes or reads",
    ).toEqual([]);
  });
});
