import { describe, expect, it } from "vitest";
import { checkEnvVariable } from "../../src/descriptor/env-name.ts";

describe("a build-time variable", () => {
  it.each(["A", "BP_NODE_VERSION", "lower", "with space", "with.dot", "größe", "_", "x".repeat(255)])(
    "may be called %s",
    (name) => {
      expect(checkEnvVariable({ name, value: "any\nthing" }, { file: "--env" })).toEqual([]);
    },
  );

  it.each([
    ["", "it is empty"],
    ["A=B", "it contains `=`"],
    ["a/b", "it contains `/`"],
    ["../../etc/passwd", "it contains `/`"],
    [".", "it names a directory"],
    ["..", "it names a directory"],
    ["a\nb", "it contains a control character"],
    ["a\0", "it contains a control character"],
    ["x".repeat(256), "it is longer than 255 bytes"],
    ["ö".repeat(128), "it is longer than 255 bytes"],
  ])("may not be called %j: %s", (name, reason) => {
    const [fault] = checkEnvVariable({ name, value: "" }, { file: "--env" });
    expect(fault?.code).toBe("descriptor/env-name");
    expect(fault?.message).toContain(reason);
  });

  it("may not hold a NUL", () => {
    expect(checkEnvVariable({ name: "A", value: "\0" }, { file: "--env" })).toMatchObject([
      { code: "descriptor/env-value" },
    ]);
  });
});
