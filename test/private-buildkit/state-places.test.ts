import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { clearPlaces, makePlaces, plannedSocket } from "../../src/private-buildkit/state-places.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { neighbour, neighbourTest } from "../helpers/neighbour.ts";

let [state, shared] = ["", ""];
beforeEach(() => {
  state = temporaryDirectory();
  shared = shortDirectory();
  chmodSync(shared, 0o1777);
  vi.stubEnv("XDG_RUNTIME_DIR", "");
  vi.stubEnv("TMPDIR", shared);
});
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const directories: string[] = [];

/** Paths of sockets end at 107 bytes. */
function shortDirectory(): string {
  const directory = mkdtempSync("/tmp/nb-");
  directories.push(directory);
  return directory;
}

/** The directory that sockets get, and what it holds. */
function runtime() {
  const places = makePlaces(state);
  try {
    return {
      path: places.runtime,
      mode: lstatSync(places.runtime).mode & 0o7777,
      names: readdirSync(places.runtime),
    };
  } finally {
    clearPlaces(places);
  }
}

describe("sockets of a private BuildKit", () => {
  it("have the same directory in each build, for us alone and empty", () => {
    const { path, mode, names } = runtime();
    expect({ parent: dirname(path), mode, names }).toEqual({ parent: shared, mode: 0o700, names: ["tmp"] });
    mkdirSync(path);
    writeFileSync(join(path, "left"), "");
    expect(runtime()).toEqual({ path, mode, names });
  });

  it("are where a dry run says", () => {
    for (const directory of ["", shortDirectory(), `/tmp/${"long".repeat(30)}`]) {
      vi.stubEnv("XDG_RUNTIME_DIR", directory);
      expect(plannedSocket(state)).toBe(join(runtime().path, "buildkitd.sock"));
    }
  });

  it("are in XDG_RUNTIME_DIR where that is ours", () => {
    const directory = shortDirectory();
    vi.stubEnv("XDG_RUNTIME_DIR", directory);
    expect(dirname(runtime().path)).toBe(directory);
  });

  neighbourTest("are not there where it is another user's", () => {
    const directory = shortDirectory();
    chownSync(directory, neighbour, neighbour);
    vi.stubEnv("XDG_RUNTIME_DIR", directory);
    expect(dirname(runtime().path)).toBe(shared);
    expect(readdirSync(directory)).toEqual([]);
  });

  neighbourTest("are not in a directory that another user made first, and nothing of his is removed", () => {
    const planted = runtime().path;
    mkdirSync(planted);
    writeFileSync(join(planted, "his"), "");
    for (const path of [planted, join(planted, "his")]) chownSync(path, neighbour, neighbour);
    const { path, mode } = runtime();
    expect({ mode, parent: dirname(path) }).toEqual({ mode: 0o700, parent: "/tmp" });
    expect(path).not.toBe(planted);
    expect(basename(path).startsWith(basename(planted))).toBe(true);
    expect(readdirSync(planted)).toEqual(["his"]);
  });
});
