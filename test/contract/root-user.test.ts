import { expect, it } from "vitest";
import { becomesRoot } from "../../src/contract/root-user.ts";

it.each([
  ["1001", "0", true],
  ["1001", "00", true],
  ["1001", "root", true],
  ["1001", "", true],
  ["", "", false],
  ["", "0", true],
  ["1001", "1002", false],
  ["1001", "10", false],
])("of the user %j, %j is root: %s", (before, after, expected) => {
  expect(becomesRoot(before, after)).toBe(expected);
});
