import { writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ArchiveFile } from "../../src/archive/archive-file.ts";
import { moduleInArchive } from "../../src/archive/found-module.ts";
import { UnpackBudget, type UnpackLimits, usualLimits } from "../../src/archive/unpack-budget.ts";
import { oddTar, packTree, writeLayout } from "../helpers/archives.ts";
import { entriesArchive, zerosArchive } from "../helpers/bombs.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

async function withFile<T>(bytes: Buffer, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const path = join(temporaryDirectory(), "archive");
  writeFileSync(path, bytes);
  const file = await open(path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Sizes of its entries by name, each read to its end. */
const walk = (bytes: Buffer, limits: UnpackLimits, wanted = (_: string) => true) =>
  withFile(bytes, async (file) => {
    const sizes: Record<string, number> = {};
    for await (const { name, content } of (await ArchiveFile.open(file)).members(new UnpackBudget(limits))) {
      if (!wanted(name)) continue;
      sizes[name] = 0;
      for await (const piece of content()) {
        sizes[name] = (sizes[name] ?? 0) + piece.length;
        await new Promise(setImmediate);
      }
    }
    return sizes;
  });

describe("an archive is not read on", () => {
  it("beyond its entries", async () => {
    await expect(walk(entriesArchive(101), { ...usualLimits, entries: 100 })).rejects.toThrow(
      "it has more than 100 entries",
    );
    expect(Object.keys(await walk(entriesArchive(100), { ...usualLimits, entries: 100 }))).toHaveLength(100);
  });

  it("beyond its size, packed or not", async () => {
    const limits = { sizeBytes: 2 ** 20, entries: 10 };
    const bytes = oddTar({ name: "a", content: "a".repeat(2 ** 20) });
    for (const archive of [bytes, gzipSync(bytes)]) {
      await expect(walk(archive, limits)).rejects.toThrow("it unpacks to more than 1 MiB");
    }
  });

  it("beyond its ratio, where it is large", async () => {
    const air = zerosArchive(oddTar({ name: "a" }), "z", 320 * 2 ** 20);
    await expect(walk(air, usualLimits)).rejects.toThrow("it unpacks to more than 100 times its size");
    const { ratio: _, ...without } = usualLimits;
    expect(await walk(air, without)).toEqual({ a: 0, z: 320 * 2 ** 20 });
    const little = zerosArchive(oddTar({ name: "a" }), "z", 128 * 2 ** 20);
    expect(await walk(little, usualLimits)).toEqual({ a: 0, z: 128 * 2 ** 20 });
  });

  it("to see what a buildpack is", async () => {
    const toml = '[buildpack]\nid = "acme/x"\nversion = "1"\n';
    const bomb = zerosArchive(oddTar({ name: "buildpack.toml", content: toml }), "z", 3 * 2 ** 30);
    expect(await withFile(bomb, (file) => moduleInArchive(file, "bomb.tgz"))).toEqual({
      kind: "unusable",
      reason:
        "it unpacks to more than 100 times its size; a directory in the project or an image in a registry has no such limit",
    });
  });

  it("where an OCI layout has more JSON than can be", async () => {
    const directory = temporaryDirectory();
    const modules = { "acme/x": { "1": { padding: "x".repeat(7 * 2 ** 20) } } };
    const images = Array.from({ length: 10 }, (_, index) => ({
      platform: `linux/a${index}`,
      ...{ modules, layers: [oddTar({ name: `x${index}` })] },
    }));
    writeLayout(directory, images);
    const file = await open(packTree(directory, join(temporaryDirectory(), "a.cnb")));
    try {
      expect(await moduleInArchive(file, "a.cnb")).toEqual({
        kind: "unusable",
        reason: "its images' JSON is larger than 67108864 bytes",
      });
    } finally {
      await file.close();
    }
  });
});

// Before, cancelling what came whole with the block before took the large file's content away, and a build ended with 13.
it("a large file is read whole behind small ones that nobody wants", async () => {
  const large = { name: "large", content: "x".repeat(3 * 2 ** 20) };
  const small = [1, 2, 3].map((index) => ({ name: `small${index}`, content: "y".repeat(100) }));
  const sizes = await walk(oddTar(...small, large), usualLimits, (name) => name === "large");
  expect(sizes).toEqual({ large: 3 * 2 ** 20 });
});

it("what is broken off in the middle of a file can be read again, and ends nothing", async () => {
  await withFile(
    gzipSync(oddTar({ name: "a", content: "x".repeat(2 ** 20) }, { name: "b" })),
    async (file) => {
      const archive = await ArchiveFile.open(file);
      for (let time = 0; time < 5; time += 1) {
        for await (const { content } of archive.members()) {
          for await (const piece of content()) if (piece.length > 0) break;
          break;
        }
      }
      const names: string[] = [];
      for await (const { name } of archive.members()) names.push(name);
      expect(names).toEqual(["a", "b"]);
    },
  );
});
