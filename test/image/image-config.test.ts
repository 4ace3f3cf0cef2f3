import { describe, expect, it } from "vitest";
import { imageEnv, readImageConfig } from "../../src/image/image-config.ts";
import { oddNames } from "../helpers/odd-names.ts";

const platform = { os: "linux", architecture: "amd64" };

describe("an image config", () => {
  it("is read in the parts that matter here", () => {
    const config = { Env: ["A=1"], User: "1002:1000", Labels: { a: "b" }, Cmd: ["x"] };
    expect(readImageConfig({ ...platform, variant: "v2", config, history: [] })).toEqual({
      ...platform,
      variant: "v2",
      env: ["A=1"],
      user: "1002:1000",
      labels: { a: "b" },
    });
  });

  it("has every label, whatever it is called", () => {
    const Labels = Object.fromEntries(oddNames.map((name) => [name, "x"]));
    const read = readImageConfig({ ...platform, config: { Labels } });
    expect(Object.keys(read?.labels ?? {})).toEqual(oddNames);
  });

  it.each([
    ["is missing", {}],
    ["is null, as Docker writes it", { config: { Env: null, User: null, Labels: null } }],
    ["is empty", { variant: "", config: {} }],
  ])("takes for empty what %s", (_, rest) => {
    expect(readImageConfig({ ...platform, ...rest })).toEqual({ ...platform, env: [], user: "", labels: {} });
  });

  it.each([
    null,
    [],
    "text",
    {},
    { os: "linux" },
    { ...platform, config: { Labels: { a: 1 } } },
    { ...platform, config: { Env: "A=1" } },
  ])("is not %j", (value) => {
    expect(readImageConfig(value)).toBeUndefined();
  });
});

describe("an image's variable", () => {
  const config = {
    ...platform,
    env: ["PATH=/old", "PATHS=x", "PATH=/new=a", "EMPTY="],
    user: "",
    labels: {},
  };

  it.each([
    ["PATH", "/new=a"],
    ["EMPTY", ""],
    ["NONE", undefined],
  ])("%s is %j", (name, value) => {
    expect(imageEnv(config, name)).toBe(value);
  });
});
