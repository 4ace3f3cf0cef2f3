import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layoutDigest, layoutFault } from "../../src/engines/layout.ts";
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
