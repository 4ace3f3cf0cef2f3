import { describe, expect, it } from "vitest";
import { atLeast, choosePlatformApi } from "../../src/plan/platform/platform-api.ts";
import { codesOf } from "../helpers/errors.ts";

const choose = (known: string[][], wanted?: string) => choosePlatformApi(known, wanted, "acme/builder");

describe("the Platform API", () => {
  it.each([
    [[["0.11", "0.12", "0.14"]], "0.14"],
    [[["0.9", "0.12", "0.15", "0.99"]], "0.15"],
    [
      [
        ["0.12", "0.13", "0.14"],
        ["0.12", "0.13"],
      ],
      "0.13",
    ],
  ])("is the highest in common with %j: %s", (known, api) => {
    expect(choose(known)).toBe(api);
  });

  it("is the one asked for, where every platform has it", () => {
    expect(choose([["0.12", "0.15"]], "0.12")).toBe("0.12");
    expect(codesOf(() => choose([["0.12", "0.15"], ["0.15"]], "0.12"))).toEqual([
      "plan/platform-api-unavailable",
    ]);
    expect(codesOf(() => choose([["0.11", "0.12"]], "0.11"))).toEqual(["plan/platform-api-unavailable"]);
  });

  it.each([[[["0.3", "0.11"]]], [[["0.12"], ["0.15"]]], [[["0.99"]]]])(
    "is none in common with %j",
    (known) => {
      expect(codesOf(() => choose(known))).toEqual(["plan/no-common-platform-api"]);
    },
  );

  it.each([
    ["0.15", "0.14", true],
    ["0.14", "0.14", true],
    ["0.9", "0.14", false],
    ["1.0", "0.14", true],
  ])("%s is at least %s: %s", (api, least, is) => {
    expect(atLeast(api, least)).toBe(is);
  });
});
