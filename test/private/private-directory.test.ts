import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { getuid, umask } from "node:process";
import { describe, expect, it } from "vitest";
import { NotPrivate } from "../../src/private/not-private.ts";
import { makePrivateDirectory } from "../../src/private/private-directory.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { neighbour, neighbourTest } from "../helpers/neighbour.ts";

function reasonOf(path: string): string | undefined {
  try {
    makePrivateDirectory(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof NotPrivate)) throw error;
    return error.reason;
  }
}

/** A directory as /tmp is: every user writes into it, and each only removes what is his. */
function sharedDirectory(): string {
  const directory = join(temporaryDirectory(), "shared");
  mkdirSync(directory);
  chmodSync(directory, 0o1777);
  return directory;
}

describe("a directory of our own", () => {
  it.each([0o000, 0o022, 0o077])(
    "is made for us alone, with those above it, whatever the umask (%o)",
    (mask) => {
      const path = join(temporaryDirectory(), "a", "b");
      const before = umask(mask);
      try {
        expect(makePrivateDirectory(path)).toBe(path);
      } finally {
        umask(before);
      }
      for (const made of [path, join(path, "..")]) expect(lstatSync(made).mode & 0o7777).toBe(0o700);
    },
  );

  it("is taken as it is where only we can write it", () => {
    const path = join(temporaryDirectory(), "a");
    mkdirSync(path);
    chmodSync(path, 0o755);
    expect(makePrivateDirectory(path)).toBe(path);
    expect(lstatSync(path).mode & 0o777).toBe(0o755);
  });

  it("may be reached through links of ours, and is named without them", () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "real"));
    symlinkSync("real", join(directory, "relative"));
    symlinkSync(join(directory, "relative", "..", "real"), join(directory, "absolute"));
    expect(makePrivateDirectory(join(directory, "absolute", "x"))).toBe(join(directory, "real", "x"));
  });

  it("may lie in a directory as /tmp is", () => {
    const path = join(sharedDirectory(), "ours");
    expect(makePrivateDirectory(path)).toBe(path);
  });

  it("is none where there is a file, or links go round in a circle", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "file"), "");
    symlinkSync("circle", join(directory, "circle"));
    for (const [path, code] of [
      ["file", "ENOTDIR"],
      ["file/x", "ENOTDIR"],
      ["circle", "ELOOP"],
    ] as const) {
      expect(() => makePrivateDirectory(join(directory, path))).toThrow(expect.objectContaining({ code }));
    }
  });

  it.each([
    [0o777, "every user"],
    [0o722, "every user"],
    [0o1777, "every user"],
  ])("is none where others can write it (%o)", (mode, who) => {
    const path = join(temporaryDirectory(), "a");
    mkdirSync(path);
    chmodSync(path, mode);
    const shown = mode.toString(8).padStart(4, "0");
    expect(reasonOf(path)).toBe(`${path} can be written by ${who} (mode ${shown})`);
  });

  it("is none below a directory that others can write, and nothing is made there", () => {
    const parent = join(temporaryDirectory(), "open");
    mkdirSync(parent);
    chmodSync(parent, 0o777);
    expect(reasonOf(join(parent, "a", "b"))).toBe(`${parent} can be written by every user (mode 0777)`);
    expect(existsSync(join(parent, "a"))).toBe(false);
  });
});

describe("beside another user", () => {
  neighbourTest("a directory of his is none, whatever its mode", () => {
    const path = join(sharedDirectory(), "ours");
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, neighbour, neighbour);
    expect(reasonOf(path)).toBe(`${path} belongs to user ${neighbour}`);
  });

  neighbourTest("nor is what lies in one of his, though it is ours", () => {
    const parent = join(temporaryDirectory(), "his");
    mkdirSync(join(parent, "ours"), { recursive: true });
    chmodSync(parent, 0o1777);
    chownSync(parent, neighbour, neighbour);
    expect(reasonOf(join(parent, "ours"))).toBe(`${parent} belongs to user ${neighbour}`);
  });

  neighbourTest("nor where a link of his leads, though that is ours", () => {
    const directory = sharedDirectory();
    const ours = join(temporaryDirectory(), "real");
    mkdirSync(ours);
    symlinkSync(ours, join(directory, "ours"));
    expect(reasonOf(join(directory, "ours"))).toBeUndefined();
    lchownSync(join(directory, "ours"), neighbour, neighbour);
    expect(reasonOf(join(directory, "ours"))).toBe(
      `${directory}/ours is a symbolic link of user ${neighbour}`,
    );
    expect(reasonOf(join(directory, "ours", "below"))).toBe(
      `${directory}/ours is a symbolic link of user ${neighbour}`,
    );
    expect(existsSync(join(ours, "below"))).toBe(false);
  });

  neighbourTest("nor is one that a group of several users can write", () => {
    const path = join(temporaryDirectory(), "a");
    mkdirSync(path);
    chmodSync(path, 0o770);
    chownSync(path, getuid?.() ?? 0, neighbour);
    expect(reasonOf(path)).toBe(`${path} can be written by group ${neighbour} (mode 0770)`);
  });
});
