import { describe, expect, it } from "vitest";
import {
  changedConfig,
  layerTexts,
  saysRebasable,
  userOf,
} from "../../../frontend/extensions/extended-config.ts";

const config = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("the user of an image", () => {
  it.each([
    [{ config: { User: "1001:1000" } }, { user: "1001", group: "1000" }],
    [{ config: { User: "cnb" } }, { user: "cnb", group: "" }],
    [{ config: {} }, { user: "", group: "" }],
    [{}, { user: "", group: "" }],
  ])("of %j is %j", (value, expected) => {
    expect(userOf(config(value))).toEqual(expected);
  });
});

it.each([
  ["true", true],
  ["1", true],
  ["T", true],
  ["yes", false],
  ["false", false],
  ["", false],
])("a label %j says that it is rebasable: %s", (text, expected) => {
  expect(saysRebasable(config({ config: { Labels: { rebasable: text } } }), "rebasable")).toBe(expected);
});

it("a label that is not there says nothing", () => {
  for (const value of [{}, { config: { Labels: null } }, { config: { Labels: {} } }]) {
    expect(saysRebasable(config(value), "constructor")).toBe(false);
  }
});

it("layers are history entries that are not empty", () => {
  const history = [
    { created_by: "ADD x" },
    { created_by: "ENV A=b", empty_layer: true },
    { comment: "no text" },
  ];
  expect(layerTexts(config({ history }))).toEqual(["ADD x", ""]);
});

it("a changed config has a label more, and the layers and history of the image below", () => {
  const base = { rootfs: { type: "layers", diff_ids: [`sha256:${"1".repeat(64)}`] }, history: [{}] };
  const extended = {
    os: "linux",
    config: { Env: ["A=b=c"], Labels: { kept: "yes" }, ExposedPorts: { "80/tcp": {} }, OnBuild: ["RUN a"] },
    history: [{}, { created_by: "RUN x" }],
  };
  const changed = changedConfig(config(extended), config(base), { rebasable: "true" });
  expect(JSON.parse(Buffer.from(changed).toString())).toEqual({
    os: "linux",
    config: {
      Env: ["A=b=c"],
      Labels: { kept: "yes", rebasable: "true" },
      ExposedPorts: { "80/tcp": {} },
    },
    rootfs: { diff_ids: base.rootfs.diff_ids, type: "layers" },
    history: [{}],
  });
});
