import {
  existsSync,
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
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
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
  process.seteuid?.(0);
  writeWhole(at("closed/file"), "x");
  expect(readFileSync(at("closed/file"), "utf8")).toBe("x");
});

it("writes nothing at the end of a link that takes the directory's place meanwhile", async () => {
  for (const name of ["real", "elsewhere"]) mkdirSync(at(name));
  symlinkSync("elsewhere", at("link"));
  const swapper = new Worker(
    `const { renameSync } = require("node:fs");
     const at = (name) => ${JSON.stringify(place)} + "/" + name;
     for (;;) {
       renameSync(at("real"), at("here")); renameSync(at("here"), at("real"));
       renameSync(at("link"), at("here")); renameSync(at("here"), at("link"));
     }`,
    { eval: true },
  );
  const outcomes = new Set<string>();
  try {
    const until = Date.now() + 3000;
    for (let count = 0; Date.now() < until; count++) {
      try {
        writeWhole(at("here/file"), String(count), [place], "--output");
        outcomes.add("written");
      } catch (error) {
        outcomes.add(error instanceof CompileError ? "refused" : "failed");
      }
    }
  } finally {
    await swapper.terminate();
  }
  expect([...outcomes]).toEqual(expect.arrayContaining(["written", "refused"]));
  expect(readdirSync(at("elsewhere"))).toEqual([]);
  // The thread may have ended in between.
  const last = ["real", "here"].find((name) => existsSync(at(`${name}/file`))) ?? "nowhere";
  expect(readFileSync(at(`${last}/file`), "utf8")).toMatch(/^\d+$/);
}, 20_000);

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
