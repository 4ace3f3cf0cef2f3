import { describe, expect, it } from "vitest";
import { pathMatcher } from "../../../src/export/source/ignore-patterns.ts";

const paths =
  ". spec spec/a spec/b/c x/spec x/spec/a main.go pkg/main.go cmd cmd/x.go foo foo/bar sub/foo a/b a/x/b a/x/y/b doc/r.txt doc/s/r.txt z/doc/r.txt ?x ax keep/a node_modules node_modules/m/i.js README.md READMEXmd .git .git/config .gitignore".split(
    " ",
  );

// Measured on pack 0.40.6.
const measured: readonly (readonly [patterns: readonly string[], matches: readonly string[]])[] = [
  [["spec/"], ["spec/a", "spec/b/c", "x/spec/a"]],
  [["*.go"], ["main.go", "pkg/main.go", "cmd/x.go"]],
  [["/foo"], ["foo", "foo/bar"]],
  [["foo"], ["foo", "foo/bar", "sub/foo"]],
  [["**/foo"], ["foo", "foo/bar", "sub/foo"]],
  [["foo/**"], ["foo", "foo/bar", "sub/foo"]],
  [["a/**/b"], ["a/b", "a/x/b", "a/x/y/b"]],
  [["doc/*.txt"], ["doc/r.txt"]],
  [["doc/"], ["doc/r.txt", "doc/s/r.txt", "z/doc/r.txt"]],
  [["?x"], ["?x"]],
  [["[ab]x"], ["ax"]],
  [["*", "!keep"], paths.filter((path) => path !== "keep/a")],
  [["README.md"], ["README.md"]],
  [[".git"], [".git", ".git/config"]],
  [[" spec "], ["spec", "spec/a", "spec/b/c", "x/spec", "x/spec/a"]],
  [["#x", "!spec"], []],
];

describe("include and exclude match what pack's matcher matches", () => {
  it.each(measured)("%j", (patterns, matches) => {
    expect(paths.filter(pathMatcher(patterns))).toEqual(matches);
  });

  it("lets a later pattern match again what an earlier one took back", () => {
    const matches = pathMatcher(["*.md", "!README.md", "/README.md"]);
    expect(["a.md", "README.md", "x/README.md"].filter(matches)).toEqual(["a.md", "README.md"]);
  });

  it("takes an escaped # or ! literally and + as regex syntax", () => {
    expect(["#x", "!x"].filter(pathMatcher(["\\#x", "\\!x"]))).toEqual(["#x", "!x"]);
    expect(["a+b", "aab"].filter(pathMatcher(["a+b"]))).toEqual(["aab"]);
  });

  it("drops a pattern that makes no regular expression", () => {
    expect(paths.filter(pathMatcher(["(", "ax"]))).toEqual(["ax"]);
  });
});
