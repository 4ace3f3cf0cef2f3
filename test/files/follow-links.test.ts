import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { followLinks, plainPath } from "../../src/files/follow-links.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

/** A directory without links in its path. In: files by path, links by path with `-> TARGET`. */
function tree(...entries: readonly string[]): string {
  const directory = realpathSync(temporaryDirectory());
  for (const entry of entries) {
    const [path = "", target] = entry.split(" -> ");
    mkdirSync(join(directory, path, ".."), { recursive: true });
    if (target === undefined) writeFileSync(join(directory, path), "");
    else symlinkSync(target, join(directory, path));
  }
  return directory;
}

describe("where a path leads", () => {
  it.each([
    ["a file", ["a/b"], "a/b", []],
    ["a link", ["b", "a -> b"], "a", ["a"]],
    ["a chain", ["c", "b -> c", "a -> b"], "a", ["a", "b"]],
    ["a link in the middle", ["d/f", "a -> d"], "a/f", ["a"]],
    ["a link with `..` behind a link", ["x/f", "x/y/g", "l -> x/y", "a -> l/../f"], "a", ["a", "l"]],
    ["`.` and empty parts", ["d/f", "a -> .//d/./f"], "a", ["a"]],
  ])("%s: what the system says, and the links on the way", (_, entries, path, expected) => {
    const directory = tree(...entries);
    const links: string[] = [];
    const found = followLinks(join(directory, path), links);
    expect(found.path).toBe(realpathSync.native(join(directory, path)));
    expect(found.stats?.isFile()).toBe(true);
    expect(links).toEqual(expected.map((link) => join(directory, link)));
  });

  it.each([
    ["`..` behind a link", ["x/f", "x/y/g", "l -> x/y"], "l/../f", ["l"]],
    ["`..` behind a link, twice", ["x/f", "x/y/z/g", "f", "l -> x/y/z"], "l/../../f", ["l"]],
    ["`..` behind a linked directory's own", ["x/f", "x/y/z/g", "l -> x/y"], "l/z/../../f", ["l"]],
  ])("%s in the path itself: what the system says", (_, entries, path, expected) => {
    const directory = tree(...entries);
    const links: string[] = [];
    const found = followLinks(`${directory}/${path}`, links);
    expect(found.path).toBe(realpathSync.native(`${directory}/${path}`));
    expect(links).toEqual(expected.map((link) => join(directory, link)));
    // Who takes `..` out of a plain path's text comes to the same place.
    expect(realpathSync.native(resolve(plainPath(`${directory}/${path}`)))).toBe(found.path);
  });

  it("is as it was written where no link lies in front of `..`", () => {
    const directory = tree("d/f", "l -> d");
    for (const path of ["../x", "./a/../b", "a", `${directory}/d/../l/f`, `${directory}/none/../l`]) {
      expect(plainPath(path)).toBe(path);
    }
    expect(plainPath(`${directory}/l/../l/new`)).toBe(join(directory, "l/new"));
  });

  it("is followed behind what is not there, for who shortens it away", () => {
    const directory = tree("a -> d", "d/x");
    expect(followLinks(`${directory}/none/../a/x`)).toEqual({ path: join(directory, "d/x") });
  });

  it("is known where nothing is, too", () => {
    const directory = tree("a -> nowhere/b", "d/x");
    expect(followLinks(join(directory, "a"))).toEqual({ path: join(directory, "nowhere/b") });
    expect(followLinks(join(directory, "a/c"))).toEqual({ path: join(directory, "nowhere/b/c") });
    expect(followLinks(join(directory, "d/none/../x"))).toMatchObject({ path: join(directory, "d/x") });
  });

  it("does not come back out of what is not there", () => {
    // The system says of `none/../d` that there is nothing, whether `d` is there or not.
    const directory = tree("a -> none/../d", "d");
    expect(followLinks(join(directory, "a"))).toEqual({ path: join(directory, "d") });
  });

  it("is a circle", () => {
    const directory = tree("a -> b", "b -> a");
    expect(() => followLinks(join(directory, "a"))).toThrow(expect.objectContaining({ code: "ELOOP" }));
  });

  it("stays below a file", () => {
    expect(() => followLinks(join(tree("a"), "a/b"))).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
  });
});
