import { createHash } from "node:crypto";
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keptLayoutFault, layoutDigest, layoutFault } from "../../src/engines/layout.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

/** A layout with an index of one image of one layer. Out: where it is, and its blobs' files. */
function layout() {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
  const put = (text: string) => {
    const hash = createHash("sha256").update(text).digest("hex");
    writeFileSync(join(directory, "blobs", "sha256", hash), text);
    return { digest: `sha256:${hash}` };
  };
  const [config, layer] = [put("{}"), put("layer")];
  const manifest = put(JSON.stringify({ config, layers: [layer] }));
  const index = put(JSON.stringify({ manifests: [manifest] }));
  writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [index] }));
  const fileOf = ({ digest }: { digest: string }) => join(directory, "blobs", digest.replace(":", "/"));
  return { directory, index, layer, manifest, fileOf };
}

it("a layout is known by the first thing that it holds", () => {
  const { directory, index } = layout();
  expect(layoutDigest(directory)).toBe(index.digest);
  expect(layoutDigest(temporaryDirectory())).toBeUndefined();
  writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [{ digest: "sha256:../x" }] }));
  expect(layoutDigest(directory)).toBeUndefined();
});

describe("a layout", () => {
  it("is whole where everything that it names is there", async () => {
    const { directory } = layout();
    writeFileSync(join(directory, "blobs", "sha256", "left"), "half");
    expect(await layoutFault(directory)).toBeUndefined();
    expect(await layoutFault(temporaryDirectory())).toBe("it is not an OCI layout");
  });

  it("is not where a layer is missing, was cut or has grown", async () => {
    const { directory, layer, fileOf } = layout();
    appendFileSync(fileOf(layer), "x");
    expect(await layoutFault(directory)).toBe(`${layer.digest} does not match its digest`);
    truncateSync(fileOf(layer), 1);
    expect(await layoutFault(directory)).toBe(`${layer.digest} does not match its digest`);
    rmSync(fileOf(layer));
    expect(await layoutFault(directory)).toBe(`${layer.digest} is missing`);
  });

  it("is not where what names its layers is damaged", async () => {
    const { directory, manifest, fileOf } = layout();
    writeFileSync(fileOf(manifest), "{}");
    expect(await layoutFault(directory)).toBe(`${manifest.digest} does not match its digest`);
  });
});

describe("a layout that only we write", () => {
  const note = (directory: string) => join(directory, "found-whole.json");

  it("is read whole once, and then only looked at", async () => {
    const { directory, layer, fileOf } = layout();
    expect(await keptLayoutFault(directory)).toBeUndefined();
    expect(statSync(note(directory)).mode & 0o777).toBe(0o600);
    // A note that has the damaged file's stamp is believed: the file is not read.
    writeFileSync(fileOf(layer), "LAYER");
    const { size, mtimeNs, ctimeNs } = lstatSync(fileOf(layer), { bigint: true });
    const said = JSON.parse(readFileSync(note(directory), "utf8"));
    said.blobs[layer.digest] = [size, mtimeNs, ctimeNs].join(" ");
    writeFileSync(note(directory), JSON.stringify(said));
    expect(await keptLayoutFault(directory)).toBeUndefined();
    expect(await layoutFault(directory)).toBe(`${layer.digest} does not match its digest`);
  });

  it.each<[string, (file: string, directory: string) => void]>([
    ["was cut", (file) => truncateSync(file, 1)],
    ["is missing", (file) => rmSync(file)],
    [
      "was written over, with its size and its time",
      (file) => {
        const { atime, mtime } = statSync(file);
        writeFileSync(file, "LAYER");
        utimesSync(file, atime, mtime);
      },
    ],
    [
      "is a link to another",
      (file, directory) => {
        writeFileSync(join(directory, "other"), "LAYER");
        rmSync(file);
        symlinkSync(join(directory, "other"), file);
      },
    ],
  ])("is not whole where a layer %s", async (_, spoil) => {
    const { directory, layer, fileOf } = layout();
    expect(await keptLayoutFault(directory)).toBeUndefined();
    spoil(fileOf(layer), directory);
    expect(await keptLayoutFault(directory)).toContain(layer.digest);
  });

  it.each(["{", "{}", '{"digest":"sha256:0","blobs":{}}', "[]"])(
    "is read whole where the note is %s",
    async (text) => {
      const { directory, layer, fileOf } = layout();
      appendFileSync(fileOf(layer), "x");
      writeFileSync(note(directory), text);
      expect(await keptLayoutFault(directory)).toBe(`${layer.digest} does not match its digest`);
    },
  );

  it("is read whole again where it has another image", async () => {
    const { directory, manifest, fileOf } = layout();
    expect(await keptLayoutFault(directory)).toBeUndefined();
    appendFileSync(fileOf(manifest), " ");
    writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [manifest] }));
    expect(await keptLayoutFault(directory)).toBe(`${manifest.digest} does not match its digest`);
  });
});
