import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { readVolume } from "../../../src/cli/project/volume.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

/** A directory of bindings, as Kubernetes makes one: what begins with two dots is its own. */
function bindings(): string {
  const directory = temporaryDirectory();
  const files = {
    "db/type": "postgresql\n",
    "db/password": "made-up",
    "db/.pgpass": "made-up",
    "db/..2024_01_01/password": "made-up",
    "db/..data": "",
    "db/old/password": "made-up",
    ".git/HEAD": "",
    "README.md": "",
    "cache/type": "redis",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

function readWith(text: string) {
  const found: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const report = (warning: Diagnostic) => warnings.push(warning);
  return { read: readVolume(text, { found, report }, wholeMachine), found, warnings };
}

const location = { file: "--volume" };
const cache = { name: "cache", type: "redis", keys: [], location };
const db = { name: "db", type: "postgresql", keys: [".pgpass", "password"], location };

it.each([
  ["all bindings of a directory", "", "/platform/bindings", [cache, db]],
  ["one binding, under the target's name", "/db", "/platform/bindings/store:ro", [{ ...db, name: "store" }]],
])("reads %s, without what the keys hold", (_, below, target, expected) => {
  const { read, found } = readWith(`${bindings()}${below}:${target}`);
  expect(read.map(({ binding }) => binding)).toEqual(expected);
  expect(found).toEqual([]);
});

it("says what stays out: what is Kubernetes' own, directories, and what is no binding", () => {
  const directory = bindings();
  const { warnings } = readWith(`${directory}:/platform/bindings`);
  expect(warnings.map(({ code }) => code)).toEqual(["cli/volume-left-out", "cli/volume-left-out"]);
  expect(warnings.map(({ message }) => message.split(" left out")[0])).toEqual([
    `".git", "README.md" in ${directory} are`,
    `"..2024_01_01", "..data", "old" in ${directory}/db are`,
  ]);
});

it("reads the keys of a Kubernetes volume through its links", () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "..2024_01_01"));
  for (const name of ["type", ".npmrc"]) {
    writeFileSync(join(directory, "..2024_01_01", name), "npmrc");
    symlinkSync(join("..data", name), join(directory, name));
  }
  symlinkSync("..2024_01_01", join(directory, "..data"));
  const { read } = readWith(`${directory}:/platform/bindings/npmrc`);
  expect(read).toMatchObject([{ binding: { type: "npmrc", keys: [".npmrc"] } }]);
});

it("misses the type of a binding", () => {
  const { read, found } = readWith(`${temporaryDirectory()}:/platform/bindings/db`);
  expect(read).toEqual([]);
  expect(found).toMatchObject([{ code: "cli/bad-volume", location }]);
});
