import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { readVolume } from "../../src/cli/volume.ts";
import type { Diagnostic } from "../../src/index.ts";
import { wholeMachine } from "../helpers/border.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

/** A directory of bindings, as Kubernetes makes one: what begins with a dot is its own. */
function bindings(): string {
  const directory = temporaryDirectory();
  const files = {
    "db/type": "postgresql\n",
    "db/password": "made-up",
    "db/..data": "",
    "cache/type": "redis",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const location = { file: "--volume" };
const cache = { name: "cache", type: "redis", keys: [], location };
const db = { name: "db", type: "postgresql", keys: ["password"], location };

it.each([
  ["all bindings of a directory", "", "/platform/bindings", [cache, db]],
  ["one binding, under the target's name", "/db", "/platform/bindings/store:ro", [{ ...db, name: "store" }]],
])("reads %s, without what the keys hold", (_, below, target, expected) => {
  const found: Diagnostic[] = [];
  expect(
    readVolume(`${bindings()}${below}:${target}`, found, wholeMachine).map(({ binding }) => binding),
  ).toEqual(expected);
  expect(found).toEqual([]);
});

it("misses the type of a binding", () => {
  const found: Diagnostic[] = [];
  expect(readVolume(`${temporaryDirectory()}:/platform/bindings/db`, found, wholeMachine)).toEqual([]);
  expect(found).toMatchObject([{ code: "cli/bad-volume", location }]);
});
