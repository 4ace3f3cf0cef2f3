import {
  existsSync,
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
import { LeadsOutside, readInside } from "../../src/files/read-inside.ts";
import { writeWhole } from "../../src/files/write-whole.ts";

let place: string;
const at = (path: string) => join(place, path);
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "cnb-dockerfile-race-")));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** Whether to look again: for so long, and on a busy machine until everything was seen, for a minute at most. */
function goesOn(start: number, leastMs: number, isSeen: () => boolean): boolean {
  const spent = Date.now() - start;
  return spent < leastMs || (spent < 60_000 && !isSeen());
}

function outcome(action: () => string): string {
  try {
    return action();
  } catch (error) {
    if (error instanceof LeadsOutside) return "LeadsOutside";
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

it("a file that takes another one's place while it is read gives nothing of this machine", async () => {
  const border = at("project");
  mkdirSync(border);
  writeFileSync(at("secret"), "SECRET");
  const read = (name: string) => readInside(join(border, name), { border, limitBytes: 1000 }).toString();
  const wanted = [
    ...["swapped own", "swapped LeadsOutside"],
    ...["middle/secret own", "middle/secret LeadsOutside"],
  ];
  // The two places change all the time, as fast as a thread can.
  writeFileSync(join(border, "file"), "own");
  symlinkSync("../secret", join(border, "link"));
  symlinkSync(join(place), join(border, "up"));
  mkdirSync(join(border, "down"));
  writeFileSync(join(border, "down", "secret"), "own");
  const swapper = new Worker(
    `const { renameSync, linkSync, symlinkSync, rmSync } = require("node:fs");
     const { join } = require("node:path");
     const border = ${JSON.stringify(border)};
     const at = (name) => join(border, name);
     for (;;) {
       symlinkSync("../secret", at("next")); renameSync(at("next"), at("swapped"));
       linkSync(at("file"), at("next")); renameSync(at("next"), at("swapped"));
       renameSync(at("up"), at("middle")); renameSync(at("middle"), at("up"));
       renameSync(at("down"), at("middle")); renameSync(at("middle"), at("down"));
     }`,
    { eval: true },
  );
  try {
    const seen = new Map<string, number>();
    const start = Date.now();
    while (goesOn(start, 4_000, () => wanted.every((key) => seen.has(key)))) {
      for (const name of ["swapped", "middle/secret"]) {
        const what = outcome(() => read(name));
        seen.set(`${name} ${what}`, (seen.get(`${name} ${what}`) ?? 0) + 1);
      }
      // The thread has the other half of the time.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([...seen.keys()].filter((key) => key.endsWith("SECRET"))).toEqual([]);
    // The places did change, or this test could not fail.
    expect([...seen.keys()]).toEqual(expect.arrayContaining(wanted));
  } finally {
    await swapper.terminate();
  }
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
    const start = Date.now();
    for (let count = 0; goesOn(start, 3_000, () => outcomes.size === 2); count++) {
      try {
        writeWhole(at("here/file"), String(count), [place], "--output");
        outcomes.add("written");
      } catch (error) {
        if (error instanceof CompileError) outcomes.add("refused");
      }
    }
  } finally {
    await swapper.terminate();
  }
  expect([...outcomes].sort()).toEqual(["refused", "written"]);
  expect(readdirSync(at("elsewhere"))).toEqual([]);
  // The thread may have ended in between.
  const last = ["real", "here"].find((name) => existsSync(at(`${name}/file`))) ?? "nowhere";
  expect(readFileSync(at(`${last}/file`), "utf8")).toMatch(/^\d+$/);
});
