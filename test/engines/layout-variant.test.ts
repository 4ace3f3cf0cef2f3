import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { layoutFault } from "../../src/engines/layout.ts";
import { variantLayout } from "../../src/engines/layout-variant.ts";
import { writeImageLayout } from "../helpers/image-layout.ts";

let place: string;
let layout: { directory: string; digest: string };
const content = Buffer.from("a layer's tar ".repeat(1000));

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-variant-"));
  layout = writeImageLayout(join(place, "layout"), content);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const names = (directory: string) => readdirSync(join(directory, "blobs", "sha256"));

it("has no blob in common with the layout, and the same contents", async ({ skip }) => {
  skip(zlib.zstdDecompressSync === undefined, "Node.js before 22.15 cannot unpack zstd");
  const variant = variantLayout(layout, 1, join(place, "kept"));
  expect(await layoutFault(variant.directory)).toBeUndefined();
  const before = new Set(names(layout.directory));
  expect(names(variant.directory).filter((name) => before.has(name))).toEqual([]);
  const contents = names(variant.directory).map((name) =>
    readFileSync(join(variant.directory, "blobs", "sha256", name)),
  );
  const [layer] = contents.filter((bytes) => bytes.readUInt32LE() === 0xfd2fb528);
  expect(layer && zlib.zstdDecompressSync(layer)).toEqual(content);
  expect(contents.some((bytes) => bytes.toString() === '{"os":"linux"} ')).toBe(true);
});

it("is another one for each number, and made once", () => {
  const kept = join(place, "kept");
  const [first, second] = [variantLayout(layout, 1, kept), variantLayout(layout, 2, kept)];
  expect(second.digest).not.toBe(first.digest);
  expect(variantLayout(layout, 1, kept)).toEqual(first);
  // And one of another.
  expect(variantLayout(first, 2, kept).digest).not.toBe(first.digest);
});
