import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mergeTree } from "../../src/files/merge-tree.ts";

let place: string;
const at = (path: string) => join(place, path);
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-merge-"));
  for (const name of ["from/sub", "to/sub", "elsewhere"]) mkdirSync(at(name), { recursive: true });
  writeFileSync(at("elsewhere/file"), "the user's");
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

it("moves files in, over those of the same name, and leaves others", () => {
  writeFileSync(at("from/sub/made"), "new");
  writeFileSync(at("to/sub/made"), "old");
  writeFileSync(at("to/sub/mine"), "mine");
  utimesSync(at("from/sub/made"), 1, 1);
  mergeTree(at("from"), at("to"));
  expect(readFileSync(at("to/sub/made"), "utf8")).toBe("new");
  expect(lstatSync(at("to/sub/made")).mtimeMs).toBe(1000);
  expect(readFileSync(at("to/sub/mine"), "utf8")).toBe("mine");
  expect(existsSync(at("from"))).toBe(false);
});

it.each([
  ["a directory", () => writeFileSync(at("from/sub/file"), "x"), "to/sub"],
  ["a file", () => writeFileSync(at("from/file"), "x"), "to/file"],
])("replaces a link that stands where %s goes, and writes nothing at its end", (_, make, link) => {
  make();
  rmSync(at(link), { recursive: true, force: true });
  symlinkSync(link === "to/sub" ? "../elsewhere" : "../elsewhere/file", at(link));
  mergeTree(at("from"), at("to"));
  expect(readdirSync(at("elsewhere"))).toEqual(["file"]);
  expect(readFileSync(at("elsewhere/file"), "utf8")).toBe("the user's");
  expect(lstatSync(at(link)).isSymbolicLink()).toBe(false);
});

it("moves links as they are, where an earlier build left the same", () => {
  symlinkSync("usr/bin", at("from/bin"));
  symlinkSync("usr/bin", at("to/bin"));
  mergeTree(at("from"), at("to"));
  expect(readlinkSync(at("to/bin"))).toBe("usr/bin");
});

it("puts a file where a directory was, and a directory where a file was", () => {
  writeFileSync(at("from/a"), "file");
  mkdirSync(at("from/b"));
  mkdirSync(at("to/a/x"), { recursive: true });
  writeFileSync(at("to/b"), "");
  mergeTree(at("from"), at("to"));
  expect(readFileSync(at("to/a"), "utf8")).toBe("file");
  expect(lstatSync(at("to/b")).isDirectory()).toBe(true);
});

it("copies into a directory that is a file system of its own", () => {
  // /dev/shm is one on every Linux.
  const other = mkdtempSync("/dev/shm/cnb-dockerfile-merge-");
  try {
    expect(lstatSync(other).dev).not.toBe(lstatSync(place).dev);
    writeFileSync(at("from/sub/made"), "new");
    symlinkSync("made", at("from/sub/link"));
    symlinkSync(at("elsewhere"), join(other, "sub"));
    mergeTree(at("from"), other);
    expect(readFileSync(join(other, "sub/made"), "utf8")).toBe("new");
    expect(readlinkSync(join(other, "sub/link"))).toBe("made");
    expect(readdirSync(at("elsewhere"))).toEqual(["file"]);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});
