import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { ownPlace } from "../../src/private/own-place.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { neighbour, neighbourTest } from "../helpers/neighbour.ts";

afterEach(() => vi.unstubAllEnvs());

/** Asks anew, as another run would. Out: the directory, and the texts of the warnings. */
async function find(path: string): Promise<{ directory: string; told: readonly string[] }> {
  vi.resetModules();
  const { findPrivateDirectory: anew } = await import("../../src/private/find-private-directory.ts");
  const found: Diagnostic[] = [];
  const directory = anew(path, (warning) => found.push(warning));
  return { directory, told: found.map(({ code, message }) => `${code}: ${message}`) };
}

function sharedDirectory(): string {
  const directory = join(temporaryDirectory(), "shared");
  mkdirSync(directory);
  chmodSync(directory, 0o1777);
  return directory;
}

it("is the wanted one, without a word, where that is ours alone", async () => {
  const path = join(temporaryDirectory(), "state");
  expect(await find(path)).toEqual({ directory: path, told: [] });
});

describe("where another user took the name", () => {
  const planted = () => {
    const path = join(sharedDirectory(), "state");
    mkdirSync(path, { mode: 0o777 });
    chownSync(path, neighbour, neighbour);
    return path;
  };

  neighbourTest("it is one beside it, the same in the next run, each time with a warning", async () => {
    const path = planted();
    const first = await find(path);
    expect(dirname(first.directory)).toBe(dirname(path));
    expect(basename(first.directory)).toMatch(/^state\.private-.{6}$/);
    expect(lstatSync(first.directory)).toMatchObject({ uid: 0, mode: 0o040700 });
    expect(first.told).toEqual([
      `private/replaced: ${path} is not used, because another user could change its contents: ${path} belongs to user ${neighbour}. Using ${first.directory} instead.`,
    ]);
    expect(await find(path)).toEqual(first);
    expect(readdirSync(path)).toEqual([]);
  });

  neighbourTest("no directory or link of his is taken in its place either", async () => {
    const path = planted();
    mkdirSync(`${path}.private-aaaaaa`);
    chownSync(`${path}.private-aaaaaa`, neighbour, neighbour);
    mkdirSync(`${path}.private-open`);
    chmodSync(`${path}.private-open`, 0o777);
    symlinkSync(temporaryDirectory(), `${path}.private-bbbbbb`);
    const { directory } = await find(path);
    expect(["aaaaaa", "open", "bbbbbb"].map((end) => `${path}.private-${end}`)).not.toContain(directory);
    expect(lstatSync(directory)).toMatchObject({ uid: 0, mode: 0o040700 });
  });
});

it("lies among temporary files where nothing beside it is safe", async () => {
  const open = join(temporaryDirectory(), "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  const path = join(open, "state");
  const temporary = sharedDirectory();
  vi.stubEnv("TMPDIR", temporary);
  const first = await find(path);
  expect(dirname(first.directory)).toBe(temporary);
  expect(first.told).toEqual([
    `private/replaced: ${path} is not used, because another user could change its contents: ${open} can be written by every user (mode 0777). Using ${first.directory} instead.`,
  ]);
  expect(await find(path)).toEqual(first);
  expect(readdirSync(open)).toEqual([]);
  // Another path has another place there.
  const other = await find(join(open, "other"));
  expect(other.directory).not.toBe(first.directory);
});

it("tells once of a directory of ours, for all that lies in it", () => {
  const open = join(temporaryDirectory(), "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  vi.stubEnv("XDG_CACHE_HOME", open);
  vi.stubEnv("TMPDIR", sharedDirectory());
  const found: Diagnostic[] = [];
  const report = (warning: Diagnostic) => found.push(warning);
  const places = ["blobs", "programs", "blobs"].map((name) => ownPlace("cache", name, report));
  expect(new Set(places.map((place) => dirname(place))).size).toBe(1);
  expect(found.map(({ code }) => code)).toEqual(["private/replaced"]);
});
