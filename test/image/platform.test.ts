import { describe, expect, it } from "vitest";
import { formatPlatform, parsePlatform, samePlatform } from "../../src/image/platform.ts";

describe("a platform", () => {
  it.each([
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["Linux/AMD64", "linux/amd64"],
    ["linux/amd64/v3", "linux/amd64/v3"],
    ["linux/arm64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/arm64/8", "linux/arm64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v9", "linux/arm64/v9"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/v7", "linux/arm/v7"],
    ["linux/arm/6", "linux/arm/v6"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/s390x", "linux/s390x"],
    ["windows/amd64", "windows/amd64"],
  ])("written %s is %s", (text, printed) => {
    const platform = parsePlatform(text);
    expect(platform && formatPlatform(platform)).toBe(printed);
  });

  it.each([
    "",
    "linux",
    "linux/",
    "/amd64",
    "linux/arm/v7/x",
    "linux/am d64",
    "linux,amd64",
    "linux/amd64\n",
  ])("is not %j", (text) => {
    expect(parsePlatform(text)).toBeUndefined();
  });

  it("is the same with and without the variant that goes without saying", () => {
    const arm64 = { os: "linux", architecture: "arm64" };
    expect(samePlatform(arm64, { ...arm64, variant: "v8" })).toBe(true);
    expect(samePlatform(arm64, { ...arm64, variant: "v9" })).toBe(false);
    expect(samePlatform(arm64, { os: "linux", architecture: "amd64" })).toBe(false);
  });
});
