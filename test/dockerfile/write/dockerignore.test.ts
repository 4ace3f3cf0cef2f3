import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ignoredPatterns as ignoredBeside } from "../../../src/dockerfile/write/dockerignore.ts";
import { pathMatcher } from "../../../src/export/source/ignore-patterns.ts";

const ignoredPatterns = (workspace: Parameters<typeof ignoredBeside>[0], modules: string[] = []) =>
  ignoredBeside(workspace, modules);
const exclude = (...patterns: string[]) =>
  ignoredPatterns({ filter: { kind: "exclude", patterns }, keepGitDirectory: true });

describe("the ignore file", () => {
  it.each([
    ["docs", "**/docs"],
    ["/docs", "docs"],
    ["docs/", "**/docs/*"],
    ["/docs/", "docs/*"],
    ["*.log", "**/*.log"],
    [" a.txt ", "**/a.txt"],
  ])("has for %j the pattern %j", (pattern, ignored) => {
    expect(exclude(pattern)).toEqual([ignored]);
  });

  it.each(["a/b", "a?", "[ab]", "a*b", "**/a", "a/**", "a+b", "a b", "", ".", "..", "/", "#x", "\\#x"])(
    "leaves %j to the filter: the two languages may differ",
    (pattern) => {
      expect(exclude(pattern)).toEqual([]);
    },
  );

  it("carries nothing over where a pattern takes names back", () => {
    expect(exclude("docs", "!docs/keep")).toEqual([]);
  });

  it("leaves include lists to the filter", () => {
    expect(
      ignoredPatterns({ filter: { kind: "include", patterns: ["src"] }, keepGitDirectory: true }),
    ).toEqual([]);
  });

  it("leaves .git out, unless it is wanted", () => {
    expect(ignoredPatterns({ filter: { kind: "all" }, keepGitDirectory: false })).toEqual(["**/.git"]);
  });

  it("lets the descriptor through whatever is excluded", () => {
    const filter = { kind: "exclude", patterns: ["*.toml"] } as const;
    expect(
      ignoredPatterns({ filter, descriptorPath: "config/project.toml", keepGitDirectory: true }),
    ).toEqual(["**/*.toml", "!config/project.toml"]);
  });

  it("lets buildpacks of the project through whatever is excluded", () => {
    const workspace = { filter: { kind: "exclude", patterns: ["*.sh"] }, keepGitDirectory: true } as const;
    expect(ignoredPatterns(workspace, ["buildpacks/one"])).toEqual(["**/*.sh", "!buildpacks/one"]);
    expect(ignoredPatterns(workspace, ["odd name"])).toEqual([]);
  });

  it("holds back no file that the filter would keep", () => {
    const name = fc.constantFrom("a", "b", "a.log", "docs", ".env", "ab", "x.tar.gz", "A");
    const pattern = fc.oneof(
      fc
        .tuple(
          fc.constantFrom("", "/"),
          fc.oneof(name, fc.constantFrom("*.log", "*.gz", "*.", "*")),
          fc.constantFrom("", "/"),
        )
        .map((parts) => parts.join("")),
      fc.string({ unit: fc.constantFrom(..."ab./*?![]\\+ -"), maxLength: 6 }),
    );
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), path, (patterns, file) => {
        if (heldBack(exclude(...patterns), file))
          expect(pathMatcher(patterns)(file), `${patterns} drops ${file}`).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

/** Docker's rules for the few forms that are written: a pattern counts for a path and all below it. */
function heldBack(patterns: readonly string[], file: string): boolean {
  const parts = file.split("/");
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+]/g, "\\$&")
      .replace(/^\*\*\//, "(.*/)?")
      .replace(/(?<![.)])\*/g, "[^/]*");
    return paths.some((path) => new RegExp(`^${source}$`).test(path));
  });
}
