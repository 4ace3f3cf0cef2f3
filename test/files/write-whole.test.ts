import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeWhole } from "../../src/files/write-whole.ts";

let place: string;
const at = (path: string) => join(place, path);
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-write-")));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

it("gives a new file the mode that the umask leaves it, and leaves nothing beside it", () => {
  for (const [umask, mode] of [
    [0o022, 0o644],
    [0o077, 0o600],
  ] as const) {
    const before = process.umask(umask);
    try {
      writeWhole(at(String(umask)), "x");
    } finally {
      process.umask(before);
    }
    expect(lstatSync(at(String(umask))).mode & 0o777).toBe(mode);
  }
  expect(readdirSync(place)).toHaveLength(2);
});

it("writes where a directory is that may be entered and not listed", () => {
  mkdirSync(at("closed"), { mode: 0o333 });
  writeWhole(at("closed/file"), "x");
  const written = readFileSync(at("closed/file"), "utf8");
  chmodSync(at("closed"), 0o700);
  expect(written).toBe("x");
});

it("writes through a link of the user's own, also to what is not there yet", () => {
  symlinkSync("new", at("link"));
  writeWhole(at("link"), "x");
  expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
  expect(readFileSync(at("new"), "utf8")).toBe("x");
  writeFileSync(at("old"), "old");
  symlinkSync("old", at("other"));
  writeWhole(at("other"), "x");
  expect(readFileSync(at("old"), "utf8")).toBe("x");
});
