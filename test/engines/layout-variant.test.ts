import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { layoutFault } from "../../src/engines/layout.ts";
import { variantLayout } from "../../src/engines/layout-variant.ts";

let place: string;
let layout: { directory: string; digest: string };
const content = Buffer.from("a layer's tar ".repeat(1000));

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-variant-"));
  const directory = join(place, "layout");
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
  const put = (bytes: Uint8Array | string, mediaType: string) => {
    const hash = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(directory, "blobs", "sha256", hash), bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  };
  const manifest = {
    config: put('{"os":"linux"}', "application/vnd.oci.image.config.v1+json"),
    layers: [put(zstdCompressSync(content), "application/vnd.oci.image.layer.v1.tar+zstd")],
  };
  const platform = { os: "linux", architecture: "amd64" };
  const index = {
    manifests: [{ ...put(JSON.stringify(manifest), "application/vnd.oci.image.manifest.v1+json"), platform }],
  };
  const top = put(JSON.stringify(index), "application/vnd.oci.image.index.v1+json");
  writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [top] }));
  layout = { directory, digest: top.digest };
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const names = (directory: string) => readdirSync(join(directory, "blobs", "sha256"));

it("has no blob in common with the layout, and the same contents", async () => {
  const variant = variantLayout(layout, 1, join(place, "kept"));
  expect(await layoutFault(variant.directory)).toBeUndefined();
  const before = new Set(names(layout.directory));
  expect(names(variant.directory).filter((name) => before.has(name))).toEqual([]);
  const contents = names(variant.directory).map((name) =>
    readFileSync(join(variant.directory, "blobs", "sha256", name)),
  );
  const [layer] = contents.filter((bytes) => bytes.readUInt32LE() === 0xfd2fb528);
  expect(layer && zstdDecompressSync(layer)).toEqual(content);
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
