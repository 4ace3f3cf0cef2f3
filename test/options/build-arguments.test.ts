import { expect, it } from "vitest";
import { argumentOptions, readBuildArgument } from "../../src/options/build-arguments.ts";

const read = (name: string) => readBuildArgument({ name, value: "x" });

it("takes every known name for its option", () => {
  for (const [name, option] of Object.entries(argumentOptions)) {
    expect(read(name)).toEqual({ kind: "option", option, value: "x" });
  }
});

it.each([
  ["CNB_BULIDER", "CNB_BUILDER"],
  ["CNB_RUNIMAGE", "CNB_RUN_IMAGE"],
  ["CNB_SECRET", "CNB_SECRETS"],
  ["CNB_SOMETHING_ELSE_ENTIRELY", undefined],
])("does not take %s for a variable", (name, suggestion) => {
  expect(read(name)).toEqual({ kind: "unknown", suggestion });
});

it.each([
  "HTTP_PROXY",
  "https_proxy",
  "NO_PROXY",
  "all_proxy",
  "SOURCE_DATE_EPOCH",
  "BUILDKIT_INLINE_CACHE",
  "BUILDKIT_SYNTAX",
  "TARGETPLATFORM",
])("leaves %s to BuildKit", (name) => {
  expect(read(name)).toEqual({ kind: "buildkit" });
});

it.each(["BP_NODE_VERSION", "cnb_builder", "MY_HTTP_PROXY", "TARGET", "toString", ""])(
  "takes %j for a build-time variable",
  (name) => {
    expect(read(name)).toEqual({ kind: "variable", variable: { name, value: "x" } });
  },
);
