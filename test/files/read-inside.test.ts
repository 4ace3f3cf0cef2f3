import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileTooLarge, LeadsOutside, openInside, readInside } from "../../src/files/read-inside.ts";
import { isRoot } from "../helpers/needs-root.ts";

let place: string;
let border: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-read-")));
  border = join(place, "project");
  mkdirSync(join(border, "sub"), { recursive: true });
  mkdirSync(join(place, "project-beside"));
  writeFileSync(join(place, "secret"), "SECRET");
  writeFileSync(join(place, "project-beside", "secret"), "SECRET");
  writeFileSync(join(border, "own"), "own");
  writeFileSync(join(border, "sub", "own"), "own");
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const read = (name: string) => readInside(join(border, name), { border, limitBytes: 1000 }).toString();
const link = (name: string, target: string) => symlinkSync(target, join(border, name));

describe("a file of a project is read", () => {
  it.each([
    ["itself", "own", []],
    ["through a link that stays inside", "a", ["a -> sub/own"]],
    ["through a link of another directory", "a/own", ["a -> sub"]],
    ["through a link that goes up and stays inside", "sub/a", ["sub/a -> ../own"]],
    ["through a chain that stays inside", "a", ["a -> b", "b -> c", "c -> own"]],
    ["by a name with `..` that stays inside", "sub/../own", []],
  ])("%s", (_, name, links) => {
    for (const text of links) link(...(text.split(" -> ") as [string, string]));
    expect(read(name)).toBe("own");
  });

  it("through an absolute link that stays inside", () => {
    link("a", join(border, "own"));
    expect(read("a")).toBe("own");
  });

  it("in a project that is reached over a link, and that links lead to by that name", () => {
    const above = join(place, "above");
    symlinkSync(border, above);
    link("a", join(above, "own"));
    expect(read("a")).toBe("own");
    expect(readInside(join(above, "a"), { border, limitBytes: 1000 }).toString()).toBe("own");
  });
});

describe("nothing outside of a project is read", () => {
  it.each([
    ["by a link", "a", ["a -> ../secret"]],
    ["by a chain of links", "a", ["a -> b", "b -> sub/c", "sub/c -> ../../secret"]],
    ["by a link in the middle of a path", "a/secret", ["a -> .."]],
    ["by a link in the middle of another link", "a", ["up -> ..", "a -> up/secret"]],
    ["by a link to a directory whose name begins like the project's", "a", ["a -> ../project-beside/secret"]],
    ["by a name with `..`", "../secret", []],
    ["by `..` behind a link", "a", ["l -> sub", "a -> l/../../secret"]],
    ["by a link to nothing", "a", ["a -> ../nothing"]],
    ["by a link to what may be there or not", "a", ["a -> ../nothing/at/all"]],
    ["by a link to this process", "a", ["a -> /proc/self/environ"]],
    ["by a link to a directory of this process", "a/etc/passwd", ["a -> /proc/self/root"]],
    ["by a link to a device", "a", ["a -> /dev/zero"]],
    ["by a link to the root", "a/etc/passwd", ["a -> /"]],
  ])("%s", (_, name, links) => {
    for (const text of links) link(...(text.split(" -> ") as [string, string]));
    expect(() => read(name)).toThrow(LeadsOutside);
  });

  it("by an absolute link", async () => {
    link("a", join(place, "secret"));
    expect(() => read("a")).toThrow(new LeadsOutside(join(place, "secret")));
    await expect(openInside(join(border, "a"), border)).rejects.toThrow(LeadsOutside);
  });

  it("by names of other systems: they are names of files here", () => {
    for (const name of ["..\\secret", "C:\\secret", "\\\\host\\secret"]) {
      expect(() => read(name)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    }
  });
});

describe("what is no file is told, and never waited for", () => {
  it.each([
    ["a pipe", () => execFileSync("mkfifo", [join(border, "a")]), "it is not a regular file"],
    ["a directory", () => mkdirSync(join(border, "a")), "is a directory"],
    [
      "a link to a pipe",
      () => {
        execFileSync("mkfifo", [join(border, "p")]);
        link("a", "p");
      },
      "regular",
    ],
  ])("%s", (_, make, says) => {
    make();
    expect(() => read("a")).toThrow(says);
    expect(() => readInside(join(border, "a"), { limitBytes: 10 })).toThrow(says);
  });

  it("a device, which is not even opened", ({ skip }) => {
    skip(!isRoot, "only root can make a device");
    execFileSync("mknod", [join(border, "a"), "c", "1", "5"]);
    expect(() => read("a")).toThrow("it is not a regular file");
    expect(() => readInside(join(border, "a"), { limitBytes: 10 })).toThrow("it is not a regular file");
  });
});

describe("a file that is too large", () => {
  it("is refused by what it says of itself", () => {
    truncateSync(join(border, "own"), 2 ** 40);
    expect(() => read("own")).toThrow(new FileTooLarge(2 ** 40));
  });

  it("is refused by what it holds, too: some say that they are empty", ({ skip }) => {
    skip(!existsSync("/proc/self/status"), "only Linux has files that say that they are empty");
    const rules = { border: "/proc", limitBytes: 10 };
    expect(() => readInside("/proc/self/status", rules)).toThrow(FileTooLarge);
    expect(readInside("/proc/self/status", { ...rules, limitBytes: 10_000 }).length).toBeGreaterThan(10);
  });
});

it("hard links are files of the project: only who may write there can make them", () => {
  linkSync(join(place, "secret"), join(border, "hard"));
  renameSync(join(border, "hard"), join(border, "sub", "hard"));
  expect(read("sub/hard")).toBe("SECRET");
});
