import { expect, it } from "vitest";
import { closest } from "../../src/diagnostics/did-you-mean.ts";

it.each([
  ["exlude", "exclude"],
  ["inlcude", "include"],
  ["Exclude", "exclude"],
  ["buidler", "builder"],
  ["exclude", "exclude"],
])("takes %s for %s", (word, meant) => {
  expect(closest(word, ["include", "exclude", "builder"])).toBe(meant);
});

it.each(["path", "in", "", "something else"])("takes %j for none of the words", (word) => {
  expect(closest(word, ["include", "exclude", "builder"])).toBeUndefined();
});

it("prefers the nearest of several", () => {
  expect(closest("acme/nod", ["acme/node-app", "acme/node", "acme/go"])).toBe("acme/node");
});

it("counts two swapped letters as one mistake", () => {
  expect(closest("abdc", ["abcd"])).toBe("abcd");
  expect(closest("abdx", ["abcd"])).toBeUndefined();
});
