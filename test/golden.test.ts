import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { caseNames, goldenDirectory, inputFiles, runCase } from "./helpers/cases.ts";

// A machine's own choice of images is none of the cases'.
beforeAll(() => {
  delete process.env.CNB_DOCKERFILE_IMAGE;
  delete process.env.CNB_DOCKERFILE_NODE_IMAGE;
});

describe("each folder of golden/ gives the files that stand in it", () => {
  it.each(caseNames())("%s", async (name) => {
    const directory = join(goldenDirectory, name);
    const outputs = await runCase(directory);
    for (const [file, text] of outputs) await expect(text).toMatchFileSnapshot(join(directory, file));
    // A file that nothing makes any more would otherwise stay for ever.
    const known = [...inputFiles, ...outputs.keys()];
    expect(
      readdirSync(directory).filter((file) => !known.includes(file)),
      "files that nothing makes or reads",
    ).toEqual([]);
  });
});
