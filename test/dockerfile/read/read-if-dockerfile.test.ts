import { expect, it } from "vitest";
import { readIfDockerfile } from "../../../src/dockerfile/read/read-if-dockerfile.ts";

it.each([
  ["Dockerfile", "# a comment\nFROM alpine\n", true],
  ["Dockerfile.web", "arg BASE=alpine\nFROM $BASE\n", true],
  ["", "\n  FROM scratch", true],
  ["Dockerfile", "RUN true\nFROM alpine\n", true],
  ["project.toml", "FROM alpine\n", false],
  ["settings", '[_]\nschema-version = "0.2"\n', false],
  ["settings", 'from = "builder"\narg = 1\n', false],
  ["settings", 'from= "builder"\n', false],
  ["empty", "", false],
])("whether %j with the text %j is a Dockerfile: %s", (name, text, expected) => {
  expect(readIfDockerfile(name, text) !== undefined).toBe(expected);
});
