import fc from "fast-check";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sliceMatcher } from "../../../src/export/image/slice-pattern.ts";
import { pathMatcher } from "../../../src/export/source/ignore-patterns.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { LineProgram } from "../../helpers/line-program.ts";
import { testSeed } from "../../helpers/test-seed.ts";
import { makePatternMatcher } from "../../lab/pattern-matcher.ts";

const answer = v.strictObject({
  matches: v.nullable(v.array(v.boolean())),
  malformed: v.boolean(),
  error: v.optional(v.string()),
});

/** Asked at a time: one line each would spend the test on waiting. */
const count = 20_000;

let matcher: LineProgram;
beforeAll(async () => {
  matcher = new LineProgram(await makePatternMatcher());
}, 120_000);
afterAll(() => matcher.close());

/** Texts of a few pieces, most of which mean something to one of the matchers. */
function texts(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(""));
}

const namePieces = [
  "a",
  "a",
  "b",
  "ab",
  "é",
  "/",
  "/",
  ".",
  ".js",
  "-",
  "x",
  " ",
  "\n",
  "[",
  "🙂",
  "]",
  "*",
  "+",
  "#",
];
const name = texts(namePieces, 8).map((text) => text.replace(/\/{2,}/g, "/").replace(/^\/|\/$/g, "") || "a");

const linePieces = [
  ...[
    "a",
    "a",
    "b",
    "x",
    "é",
    "/",
    "/",
    "/",
    "*",
    "**",
    "**/",
    "/**",
    "/**/",
    ".",
    ".js",
    "*.js",
    "?",
    "!",
    "#",
    " ",
  ],
  ...[
    "(",
    ")",
    "(a+)+",
    "(?i)",
    "(?:",
    "|",
    "+",
    "{2}",
    "{2,3}",
    "{",
    "[",
    "]",
    "[a-b]",
    "[^a]",
    "[[:alpha:]]",
    "^",
    "$",
  ],
  ...[
    "\\",
    "\\*",
    "\\d",
    "\\w",
    "\\pL",
    "\\Q",
    "\\E",
    "\\b",
    "\\x{e9}",
    "#$~",
    "-",
    "\n",
    "\r",
    "(?=",
    "\\1",
    "\\C",
  ],
];
const slicePieces = [
  ...[
    "a",
    "a",
    "b",
    "x",
    "é",
    "🙂",
    "/",
    "/",
    "..",
    ".",
    "*",
    "*",
    "*",
    "?",
    "?",
    "[",
    "]",
    "[a-b]",
    "[^a]",
    "[b-a]",
  ],
  ...["^", "-", "\\", "\\*", "\\]", "[é-ü]", "[]", "\n", "{a}", ".js"],
];

const seed = testSeed("patterns");
const samples = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: count, seed });

describe("the same names are matched", () => {
  it("by include and exclude as by pack's matcher, for any patterns", async () => {
    const lines = fc.array(texts(linePieces, 7), { minLength: 1, maxLength: 3 });
    const differences: unknown[] = [];
    let matches = 0;
    for (const [patterns, names] of samples(
      fc.tuple(lines, fc.array(name, { minLength: 1, maxLength: 8 })),
    )) {
      const asked = v.parse(answer, await matcher.ask({ lines: patterns, names }));
      const found = names.map(pathMatcher(patterns));
      matches += found.filter(Boolean).length;
      if (JSON.stringify(found) !== JSON.stringify(asked.matches)) {
        differences.push({ patterns, names, found, pack: asked.matches });
      }
    }
    expect(differences.slice(0, 5)).toEqual([]);
    // Patterns that match nothing would show nothing.
    expect(matches).toBeGreaterThan(count / 4);
  }, 60_000);

  it("by a slice as by the lifecycle's, for any pattern, well-formed or not", async () => {
    const differences: unknown[] = [];
    let [matches, malformed] = [0, 0];
    const names = fc.array(name, { minLength: 1, maxLength: 8 });
    for (const [slice, tried] of samples(fc.tuple(texts(slicePieces, 7), names))) {
      const asked = v.parse(answer, await matcher.ask({ slice, names: tried }));
      const matchesSlice = sliceMatcher(slice);
      const found = tried.map((one) => matchesSlice(byteStringOf(one)));
      const isMalformed = found.includes(undefined);
      matches += found.filter((one) => one === true).length;
      malformed += Number(isMalformed);
      if (
        isMalformed !== asked.malformed ||
        (!isMalformed && JSON.stringify(found) !== JSON.stringify(asked.matches))
      ) {
        differences.push({ slice, tried, found, lifecycle: asked });
      }
    }
    expect(differences.slice(0, 5)).toEqual([]);
    expect(matches).toBeGreaterThan(count / 20);
    expect(malformed).toBeGreaterThan(count / 20);
  }, 60_000);
});

describe("no pattern hangs a build:", () => {
  /** No measure of speed: what takes exponential time would be at it for years. */
  const hangMs = 60_000;
  const longName = "a".repeat(250);
  const deepName = Array.from({ length: 2000 }, () => "a").join("/");
  const milliseconds = (action: () => void) => {
    const start = performance.now();
    action();
    return performance.now() - start;
  };

  const excludes = {
    "nested repetition": "(a+)+b",
    "an alternative of equals": "(a|a)*b",
    "a star of stars": "(a*)*b",
    "a star of dots": "(.*)*.*b$",
    "many stars": "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
    "many double stars": "**/a/**/a/**/a/**/a/**/a/**/b",
    "optional parts": `${"(a?)".repeat(40)}${"a".repeat(40)}b`,
    "many slashes": "a/".repeat(50_000),
    "many spaces": `${" ".repeat(100_000)}x${" ".repeat(100_000)}x`,
    "many carriage returns": `x${"\r".repeat(100_000)}x`,
    "deep groups": `${"(".repeat(5_000)}a${")".repeat(5_000)}`,
    "repeated repetition": "((a{0,1000}){0,1000}){0,1000}b",
    "a run of stars": `${"*".repeat(10_000)}b`,
  };
  it.each(Object.entries(excludes))(
    "exclude with %s",
    (_, pattern) => {
      const spent = milliseconds(() => {
        const matches = pathMatcher([pattern]);
        for (const path of [longName, deepName, "b".repeat(4096)]) matches(path);
      });
      expect(spent).toBeLessThan(hangMs);
    },
    90_000,
  );

  const slices = {
    "many stars": "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
    "a run of stars": "*".repeat(50_000),
    "a hundred stars": `${"*a".repeat(100)}b`,
    "a hundred classes": `${"*[^b]".repeat(100)}b`,
    "question marks": `${"?*".repeat(120)}b`,
    "many slashes": `${"a/".repeat(10_000)}*b`,
  };
  it.each(Object.entries(slices))(
    "slice with %s",
    (_, pattern) => {
      const spent = milliseconds(() => {
        for (const path of [longName, deepName, "b".repeat(4096)]) sliceMatcher(pattern)(byteStringOf(path));
      });
      expect(spent).toBeLessThan(hangMs);
    },
    90_000,
  );
});
