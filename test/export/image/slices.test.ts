import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sliceMatcher } from "../../../src/export/image/slice-pattern.ts";
import { sliceApp } from "../../../src/export/image/slices.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { tarDigest, tarItem } from "../../../src/layer/lifecycle-tar.ts";
import { type TreeEntry, walkTree } from "../../../src/layer/walk.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { writeTree } from "../trees.ts";

const owner = { uid: 1001, gid: 1000 };

function slice(files: Record<string, string>, ...slices: string[][]): readonly (readonly TreeEntry[])[] {
  const root = temporaryDirectory();
  writeTree(root, files);
  return sliceApp(
    [...walkTree(root, "/workspace")],
    slices.map((paths) => ({ paths })),
  );
}

function names(layers: readonly (readonly TreeEntry[])[]): string[][] {
  return layers.map((layer) => layer.map(({ name }) => name.replace(/^\/workspace\/?/, "")));
}

describe("slices of the app", () => {
  it("have the digests that the lifecycle gives them", () => {
    const root = temporaryDirectory();
    writeTree(join(root, "workspace"), {
      README: "r",
      "a/b/f": "A",
      "a-b/f": "B",
      "empty/": "",
      "static/x.css": "c{}",
      "static/y.js": "js",
    });
    symlinkSync("nowhere", join(root, "workspace/dangling"));
    const slices = [{ paths: ["static/*.css", "nothing"] }, { paths: ["zzz"] }];
    const layers = sliceApp([...walkTree(join(root, "workspace"), "/workspace")], slices);
    // Digests made by the stock lifecycle from the same trees.
    expect(layers.map((entries) => tarDigest(entries.map((entry) => tarItem(entry, owner))))).toEqual([
      "sha256:fa15763b20744e0a5afb34c1794e2be8ab94b102a47d9c372acba6a73549b1eb",
      "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
      "sha256:27da0befb6c57bab48014dfac9d6db2bf00d7e5b4727515805e799f0a5859952",
    ]);
  });

  it("leave to later slices only what earlier ones did not take", () => {
    const layers = slice({ "a/1": "", "a/2": "", b: "" }, ["a/1"], ["a", "./b/"], ["*"]);
    expect(names(layers)).toEqual([["", "a", "a/1"], ["", "a", "a/2", "b"], [], []]);
  });

  it("take a directory as taken once all it holds is", () => {
    const layers = slice({ "d/e/1": "", "d/e/2": "", f: "" }, ["d/e/1"], ["d/e/2"]);
    expect(names(layers)).toEqual([
      ["", "d", "d/e", "d/e/1"],
      ["", "d", "d/e", "d/e/2"],
      ["", "f"],
    ]);
  });

  it("refuse a malformed pattern", () => {
    expect(() => slice({ a: "" }, ["[a"])).toThrow("export/invalid-slice");
  });
});

describe("a slice pattern", () => {
  it.each([
    ["*.js", "a.js", true],
    ["*.js", "d/a.js", false],
    ["a?c", "aéc", true],
    ["a?c", "a/c", false],
    ["[^a-c]x", "dx", true],
    ["[a-c]x", "dx", false],
    ["[\\]]", "]", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["./d//e/", "d/e", true],
    ["/workspace/a", "a", false],
    ["a{1}", "a{1}", true],
    ["[z-a]", "b", false],
  ])("%s on %s", (pattern, path, expected) => {
    expect(sliceMatcher(pattern)(byteStringOf(path))).toBe(expected);
  });

  it.each(["[", "[]", "[]a]", "[-]", "a\\", "[a-]", "[\\"])("%s is malformed", (pattern) => {
    expect(sliceMatcher(pattern)("ab")).toBeUndefined();
  });
});
