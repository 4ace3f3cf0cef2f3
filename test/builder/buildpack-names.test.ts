import { describe, expect, it } from "vitest";
import { readBuildpackLayers } from "../../src/builder/read-buildpacks.ts";

const label = "io.buildpacks.buildpack.layers";
const layersIn = (json: string) => {
  const config = { os: "linux", architecture: "amd64", labels: { [label]: json }, env: {} };
  return readBuildpackLayers(config as unknown as Parameters<typeof readBuildpackLayers>[0], "builder");
};

describe("the buildpacks that a label lists", () => {
  it.each(["__proto__", "constructor", "prototype", "acme/node"])(
    "may be called %s, as their versions may",
    (id) => {
      const found = layersIn(`{"${id}":{"${id}":{"api":"0.10"}}}`);
      expect([...found]).toEqual([[id, [expect.objectContaining({ id, version: id, api: "0.10" })]]]);
    },
  );

  it.each([
    ["[]", /^.*$/],
    ['{"a":7}', /a should be Object, but is 7/],
    ['{"a":{"1":{"api":7}}}', /a\.1\.api should be string, but is 7/],
    ["7", /it should be Object, but is 7/],
  ])("are refused with their place where the label is %s", (json, message) => {
    if (json === "[]") expect([...layersIn(json)]).toEqual([]);
    else expect(() => layersIn(json)).toThrow(message);
  });
});
