import parse from "@iarna/toml/parse-string.js";
import { expect, it } from "vitest";
import { goJson } from "../../src/export/go-json.ts";

it.each([
  ["1979-05-27", '"1979-05-27T00:00:00Z"'],
  ["1979-05-27T07:32:00", '"1979-05-27T07:32:00Z"'],
  ["1979-05-27 07:32:00.500", '"1979-05-27T07:32:00.5Z"'],
  ["07:32:00", '"0000-01-01T07:32:00Z"'],
  ["1979-05-27T07:32:00Z", '"1979-05-27T07:32:00Z"'],
  ["1979-05-27T07:32:00.120Z", '"1979-05-27T07:32:00.12Z"'],
  ["-0.0", "-0"],
  ["-0", "0"],
  ["0.0", "0"],
  ["[-0.0, 1.5]", "[-0,1.5]"],
])("%s of TOML is %s in a label, as the lifecycle writes it", (value, json) => {
  expect(goJson(parse(`a = ${value}`).a)).toBe(json);
});
