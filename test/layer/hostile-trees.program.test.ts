import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byteStringOf } from "../../src/layer/byte-string.ts";
import { layerDigest } from "../../src/layer/digest.ts";
import { tarHeader } from "../../src/layer/tar-header.ts";
import { hostileHeader, hostileTree } from "../helpers/hostile-trees.ts";
import { LayerWriter } from "../helpers/layer-writer.ts";
import { testSeed } from "../helpers/test-seed.ts";

const directory = mkdtempSync(join(tmpdir(), "hostile-trees-"));
let writer: LayerWriter;
let count = 0;

beforeAll(async () => {
  writer = await LayerWriter.start();
});
afterAll(async () => {
  await writer.close();
  rmSync(directory, { recursive: true });
});

function emptyTree(): string {
  const tree = join(directory, `tree-${count++}`);
  mkdirSync(tree);
  return tree;
}

function digestOf(tree: string): string {
  return layerDigest(byteStringOf(tree), (name) => expect.fail(`${name} is called a device`));
}

describe("Go's archive/tar, by which BuildKit writes layers,", () => {
  it("writes the same headers", async () => {
    const seed = testSeed("tar headers");
    const property = fc.asyncProperty(hostileHeader, async (entry) => {
      expect(tarHeader(entry).equals(await writer.header(entry))).toBe(true);
    });
    await fc.assert(property, { seed, numRuns: 3000 });
  });

  it("makes the same layers of trees", async () => {
    const seed = testSeed("trees");
    const property = fc.asyncProperty(hostileTree({ attributes: true }), async (items) => {
      const tree = emptyTree();
      const expected = await writer.tree(tree, items);
      expect(digestOf(tree)).toBe(expected);
      rmSync(tree, { recursive: true });
    });
    await fc.assert(property, { seed, numRuns: 300 });
  });
});

describe("a layer's digest", () => {
  it("does not know names outside of the tree", () => {
    const [alone, linked] = [emptyTree(), emptyTree()];
    for (const tree of [alone, linked]) writeFileSync(join(tree, "file"), "same");
    execFileSync("ln", [join(linked, "file"), join(directory, "outside")]);
    for (const tree of [alone, linked]) execFileSync("touch", ["-d", "@1", join(tree, "file")]);
    expect(digestOf(linked)).toBe(digestOf(alone));
  });

  it("names devices to whom it may concern", () => {
    const tree = emptyTree();
    for (const name of ["null", "zero"]) execFileSync("mknod", [join(tree, name), "c", "1", "3"]);
    const devices: string[] = [];
    layerDigest(byteStringOf(tree), (name) => devices.push(name));
    expect(devices).toEqual(["/null", "/zero"]);
  });

  it("takes no more memory for a file of 256 MiB", () => {
    const peaks = [2 ** 10, 2 ** 28].map((sizeBytes) => {
      const tree = emptyTree();
      writeFileSync(join(tree, "large"), "");
      truncateSync(join(tree, "large"), sizeBytes);
      // One process in hundreds takes 20 MB more or less, whatever it reads.
      const [, median] = [1, 2, 3].map(() => peakMegabytes(tree)).sort((a, b) => a - b);
      return median;
    });
    expect(Math.abs((peaks[1] ?? NaN) - (peaks[0] ?? NaN))).toBeLessThan(16);
  });
});

/** Largest resident size of a process that computes the digest of a tree. */
function peakMegabytes(tree: string): number {
  const text = `
    import { layerDigest } from ${JSON.stringify(join(import.meta.dirname, "../../src/layer/digest.ts"))};
    layerDigest(${JSON.stringify(tree)}, () => undefined);
    console.log(process.resourceUsage().maxRSS);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", text], {
    encoding: "utf8",
  });
  return Number(stdout) / 1024;
}
