import { describe, expect, it } from "vitest";
import { parseToml } from "../../src/toml/parse-toml.ts";
import { tomlOfJson, tomlTableOfJson } from "../../src/toml/toml-of-json.ts";
import { writeToml } from "../../src/toml/write-toml.ts";
import { oddNames } from "../helpers/odd-names.ts";

describe("JSON as TOML", () => {
  it("has no null, and sorted keys", () => {
    const json = { z: 1, a: { c: null, b: [1, null, { y: null, x: true }] }, n: null };
    expect(JSON.stringify(tomlOfJson(json))).toBe('{"a":{"b":[1,{"x":true}]},"z":1}');
    expect(tomlOfJson(null)).toBeUndefined();
    expect(tomlTableOfJson({ n: null })).toEqual({});
  });

  it("has every key, whatever it is called, also when it is read again", () => {
    const text = `{${[...oddNames]
      .sort()
      .map((name) => `"${name}":{"${name}":[{"${name}":"x"}]}`)
      .join(",")}}`;
    const toml = tomlTableOfJson(JSON.parse(text));
    expect(JSON.stringify(toml)).toBe(text);
    expect(Object.getPrototypeOf(toml)).toBe(Object.prototype);
    expect(JSON.stringify(parseToml(writeToml(toml)))).toBe(text);
  });

  it("has numbers as floats, as the lifecycle has those of JSON", () => {
    expect(writeToml({ a: 1, b: 1.5, c: [2] })).toBe("a = 1.0\nb = 1.5\nc = [ 2.0 ]\n");
  });
});
