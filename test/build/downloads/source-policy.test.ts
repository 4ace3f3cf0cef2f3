import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allowedPolicy,
  expressionOfOthers,
  refusedUrl,
  refusedUrlsIn,
} from "../../../src/build/downloads/source-policy.ts";
import { testSeed } from "../../helpers/test-seed.ts";

/** The expression as JavaScript writes it; Go reads `\x{41}` as `\u{41}` is read here. */
const others = (urls: readonly string[]) =>
  new RegExp(expressionOfOthers(urls).replaceAll("\\x{", "\\u{"), "u");

const listed = [
  "https://a.example/x",
  "https://a.example/x.y?z=[1]",
  "http://b.example/*",
  "https://a.example/é",
];

describe("expressionOfOthers", () => {
  it.each([
    "https://a.example/x",
    "https://a.example/x.y?z=[1]",
    "http://b.example/",
    "http://b.example/any/thing",
    "https://a.example/é",
  ])("has nothing for %s, which is in the list", (url) => {
    expect(others(listed).test(url)).toBe(false);
  });

  it.each([
    "https://a.example/",
    "https://a.example/xy",
    "https://a.example/x/",
    "https://a.example/x.y?z=1",
    "https://a.exampleX/x",
    "https://b.example/",
    "http://c.example/",
    "http://b.example",
    "https://",
  ])("matches %j, which is not", (url) => {
    expect(others(listed).test(url)).toBe(true);
  });

  it.each(["docker-image://a.example/x", "git://a.example/x", "local://context", "oci-layout://a@sha256:1"])(
    "has nothing for %s, which is no download",
    (source) => {
      expect(others(listed).test(source)).toBe(false);
      expect(others([]).test(source)).toBe(false);
    },
  );

  it("tells lists of URLs from what is one character away", () => {
    const url = fc.string({ unit: fc.constantFrom("a", "b", "/", ".", "?", "-"), maxLength: 6 });
    const seed = testSeed("lists of URLs");
    fc.assert(
      fc.property(fc.array(url, { minLength: 1, maxLength: 40 }), url, (words, word) => {
        const urls = words.map((one) => `https://a.example/${one}`);
        const expression = others(urls);
        for (const one of [
          ...urls,
          ...urls.map((other) => other.slice(0, -1)),
          `https://a.example/${word}`,
        ]) {
          expect(expression.test(one)).toBe(!urls.includes(one));
        }
      }),
      { seed },
    );
  });

  it("says nothing of what begins like a long entry, so that Go can read it", () => {
    const long = `https://a.example/${"x".repeat(2000)}`;
    expect(others([long]).test(`${long}y`)).toBe(false);
    expect(others([long]).test("https://a.example/y")).toBe(true);
    // At two levels for each character.
    const depth = Math.max(
      ...[...expressionOfOthers([long])].reduce<number[]>(
        (depths, one) => [
          ...depths.slice(-1),
          (depths.at(-1) ?? 0) + (one === "(" ? 1 : one === ")" ? -1 : 0),
        ],
        [0],
      ),
    );
    expect(depth).toBeLessThan(500);
  });
});

describe("allowedPolicy", () => {
  it("names what is in no entry, denies it, and allows the list with the usual port and without", () => {
    const { version, rules } = allowedPolicy(["https://a.example/x", "http://b.example/*", "http://c:8080/"]);
    expect(version).toBe(1);
    expect(rules.map(({ action }) => action)).toEqual([
      ...["CONVERT", "DENY", "DENY"],
      ...Array.from({ length: 6 }, () => "ALLOW"),
    ]);
    expect(rules.slice(1).map(({ selector }) => `${selector.match_type} ${selector.identifier}`)).toEqual([
      "WILDCARD http://*",
      "WILDCARD https://*",
      "EXACT https://a.example/x",
      "EXACT https://a.example:443/x",
      "WILDCARD http://b.example/*",
      "WILDCARD http://b.example:80/*",
      "EXACT http://c:8080/",
      "WILDCARD http://127.0.0.1:0/not-allowed/*",
    ]);
  });

  it("converts no URL twice, or BuildKit gives up", () => {
    const [naming] = allowedPolicy([]).rules;
    const expression = new RegExp((naming?.selector.identifier ?? "").replaceAll("\\x{", "\\u{"), "u");
    const url = "https://a.example:443/x";
    expect(expression.test(url)).toBe(true);
    const converted = naming?.updates?.identifier.replace(/\$\{0\}/, url) ?? "";
    expect(converted).toBe("http://127.0.0.1:0/not-allowed/https://a.example:443/x");
    expect(expression.test(converted)).toBe(false);
  });

  it("does without names where a list is too long for them", () => {
    const urls = Array.from({ length: 5000 }, (_, number) => `https://a.example/${number}/${"x".repeat(90)}`);
    expect(allowedPolicy(urls).rules[0]?.action).toBe("DENY");
  });
});

it("finds refused URLs in what BuildKit recorded, and in its messages", () => {
  expect(refusedUrl("http://127.0.0.1:0/not-allowed/https://a.example:443/x?y=1")).toBe(
    "https://a.example/x?y=1",
  );
  expect(refusedUrl("http://127.0.0.1:0/not-allowed/http://a.example:4430/")).toBe("http://a.example:4430/");
  expect(refusedUrl("https://a.example/")).toBeUndefined();
  expect(
    refusedUrlsIn(
      'error: failed to load: Get "http://127.0.0.1:0/not-allowed/https://a.example/x": dial tcp',
    ),
  ).toEqual(["https://a.example/x"]);
});
