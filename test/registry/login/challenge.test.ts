import { expect, it } from "vitest";
import { readChallenges } from "../../../src/registry/login/challenge.ts";

const plain = (header: string) =>
  readChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

it.each([
  [
    'Bearer realm="https://a/token",service="s,1"',
    [["bearer", { realm: "https://a/token", service: "s,1" }]],
  ],
  [
    'Basic realm="x", Bearer realm="y", scope="repository:a/b:pull,push"',
    [
      ["basic", { realm: "x" }],
      ["bearer", { realm: "y", scope: "repository:a/b:pull,push" }],
    ],
  ],
  ["BASIC realm=plain", [["basic", { realm: "plain" }]]],
  ['Bearer  REALM = "a \\"quoted\\" word"', [["bearer", { realm: 'a "quoted" word' }]]],
  [
    "Negotiate, Basic realm=x",
    [
      ["negotiate", {}],
      ["basic", { realm: "x" }],
    ],
  ],
  ["", []],
])("%s", (header, challenges) => {
  expect(plain(header)).toEqual(challenges);
});
