import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import fsp from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { usualLimits } from "../../../src/archive/unpack-budget.ts";
import { openStream } from "../../../src/build/source/archive-source.ts";
import { readSourceLimits } from "../../../src/build/source/source-limits.ts";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { type OddEntry, oddTar } from "../../helpers/archives.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

let temporary: string;
beforeEach(() => {
  temporary = temporaryDirectory();
  vi.stubEnv("TMPDIR", temporary);
  return () => vi.unstubAllEnvs();
});

const wish = { keepGitDirectory: false, namesFile: false, report: () => {}, tell: () => {} };
const input = { ...wish, shown: "standard input", written: "-", name: "app" };
const open = (bytes: Buffer, limits = usualLimits) =>
  openStream(Readable.from([bytes]), { ...input, limits });

async function faultOf(action: Promise<unknown>) {
  const error: unknown = await action.then(
    () => new Error("it was taken"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CompileError)) throw error;
  // Nothing is left of it.
  expect(readdirSync(temporary)).toEqual([]);
  const [diagnostic] = error.diagnostics;
  return { code: diagnostic?.code, message: diagnostic?.message, hint: diagnostic?.hint };
}

it.each([
  [{ maxSourceSize: "x" }, "--max-source-size"],
  [{ maxSourceSize: "0" }, "--max-source-size"],
  [{ maxSourceSize: "-1g" }, "--max-source-size"],
  [{ maxSourceSize: "9999999999t" }, "--max-source-size"],
  [{ maxSourceEntries: "1e3" }, "--max-source-entries"],
  [{ maxSourceEntries: "0" }, "--max-source-entries"],
])("a limit that is no number is an error: %j", (flags, flag) => {
  expect(() => readSourceLimits(flags)).toThrow("cli/bad-limit");
  expect(() => readSourceLimits(flags)).toThrow(flag);
});

it.each([
  ["8g", 8 * 2 ** 30],
  ["1.5GiB", 1.5 * 2 ** 30],
  ["512MB", 512 * 2 ** 20],
  ["1000", 1000],
])("a size may be %s", (text, sizeBytes) => {
  expect(readSourceLimits({ maxSourceSize: text })).toEqual({ sizeBytes, entries: 1_000_000 });
});

describe("odd modes", () => {
  const directories = [0o000, 0o555, 0o111, 0o7777].map((mode, index): OddEntry[] => [
    { kind: "directory", name: `d${index}`, mode },
    { kind: "directory", name: `d${index}/deeper`, mode },
    { name: `d${index}/deeper/file`, mode: 0o4000, content: "x" },
  ]);
  const archive = oddTar(...directories.flat());

  it("of directories and files keep nobody from reading and removing them", async () => {
    const source = await open(archive);
    for (const name of ["d0", "d1/deeper", "d2", "d3"]) {
      const mode = lstatSync(join(source.directory, name)).mode & 0o7777;
      expect([name, mode & 0o7700]).toEqual([name, 0o700]);
    }
    expect(lstatSync(join(source.directory, "d0/deeper/file")).mode & 0o7777).toBe(0o600);
    source.remove();
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe("a tar", () => {
  it("of which several files have one name has the last one's, as tar unpacks it", async () => {
    for (let run = 0; run < 5; run += 1) {
      const source = await open(
        oddTar(
          { name: "a", content: "first" },
          { name: "b", content: "b" },
          { name: "./a", content: "last" },
        ),
      );
      expect(readFileSync(join(source.directory, "a"), "utf8")).toBe("last");
      source.remove();
    }
  });

  it.each([
    ["a backslash", "a\\b"],
    ["a drive's letter", "c:b"],
  ])("with %s in a name is an error, not a file of another name", async (_, name) => {
    expect((await faultOf(open(oddTar({ name })))).message).toContain("has a name that cannot be unpacked");
  });

  it("with a name that is not UTF-8 is an error", async () => {
    expect((await faultOf(open(oddTar({ name: "f\xfcr" })))).message).toContain("is not UTF-8");
  });

  it("has its modes whatever the umask is, and the times of its directories", async () => {
    const archive = oddTar(
      { kind: "directory", name: "d", mode: 0o777, mtimeSeconds: 1_000_000_000 },
      { name: "d/f", mode: 0o666, mtimeSeconds: 1_100_000_000 },
      { name: "implied/f", mtimeSeconds: 2 ** 40 },
    );
    const before = process.umask(0o077);
    try {
      const source = await open(archive);
      const of = (path: string) => {
        const { mode, mtime } = lstatSync(join(source.directory, path));
        return [(mode & 0o7777).toString(8), mtime.toISOString().slice(0, 10)];
      };
      expect(["d", "d/f", "implied", "implied/f"].map(of)).toEqual([
        ["777", "2001-09-09"],
        ["666", "2004-11-09"],
        ["755", "1980-01-01"],
        ["644", "1980-01-01"],
      ]);
      source.remove();
    } finally {
      process.umask(before);
    }
  });
});

describe("nothing is done outside of the directory by", () => {
  const outside = () => join(temporary, "..", "outside-of-it");
  const attempts: [string, () => OddEntry[]][] = [
    ["..", () => [{ name: "../outside-of-it/x", content: "x" }]],
    [".. in the middle", () => [{ name: "a/../../../outside-of-it/x", content: "x" }]],
    ["an absolute name", () => [{ name: `${outside()}/x`, content: "x" }]],
    [
      "a link, and a file through it",
      () => [
        { kind: "symlink", name: "l", link: outside() },
        { name: "l/x", content: "x" },
      ],
    ],
    [
      "a relative link, and a directory through it",
      () => [
        { kind: "symlink", name: "l", link: "../../../outside-of-it" },
        { kind: "directory", name: "l/d", mode: 0o777 },
      ],
    ],
    [
      "a link to a link, and a file through both",
      () => [
        { kind: "symlink", name: "a", link: ".." },
        { kind: "symlink", name: "b", link: "a/../../outside-of-it" },
        { name: "b/x", content: "x" },
      ],
    ],
    [
      "a directory that becomes a link",
      () => [
        { kind: "directory", name: "l", mode: 0o755 },
        { kind: "symlink", name: "l", link: outside() },
        { name: "l/x", content: "x" },
      ],
    ],
    [
      "a link in place of a file, and the file again",
      () => [
        { kind: "symlink", name: "l", link: `${outside()}/kept` },
        { name: "l", content: "x" },
      ],
    ],
    ["a hard link to outside", () => [{ kind: "hardlink", name: "l", link: `${outside()}/kept` }]],
    ["a hard link by ..", () => [{ kind: "hardlink", name: "l", link: "../../../outside-of-it/kept" }]],
    [
      "a hard link through a link",
      () => [
        { kind: "symlink", name: "s", link: outside() },
        { kind: "hardlink", name: "l", link: "s/kept" },
        { name: "l", content: "x" },
      ],
    ],
  ];

  it.each(attempts)("%s", async (_, entries) => {
    mkdirSync(outside());
    writeFileSync(join(outside(), "kept"), "kept");
    try {
      const source = await open(oddTar(...entries())).catch((error: unknown) => {
        if (!(error instanceof CompileError)) throw error;
        expect(error.message).toContain("cli/bad-archive");
        return undefined;
      });
      expect(readdirSync(outside())).toEqual(["kept"]);
      expect(readFileSync(join(outside(), "kept"), "utf8")).toBe("kept");
      expect(lstatSync(join(outside(), "kept")).nlink).toBe(1);
      source?.remove();
      expect(existsSync(join(outside(), "kept"))).toBe(true);
      expect(readdirSync(temporary)).toEqual([]);
    } finally {
      rmSync(outside(), { recursive: true });
    }
  });

  it("devices and FIFOs, which are left out", async () => {
    const bytes = oddTar({ name: "a", content: "a" }, { name: "pipe" }, { name: "null" });
    // The types of the second and third entry.
    for (const [at, type] of [
      [1024, "6"],
      [1536, "3"],
    ] as const) {
      bytes.write(type, at + 156, "latin1");
      const head = bytes.subarray(at, at + 512);
      head.fill(" ", 148, 156);
      const sum = head.reduce((total, byte) => total + byte, 0);
      head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    }
    const source = await open(bytes);
    expect(readdirSync(source.directory)).toEqual(["a"]);
    source.remove();
  });
});

it("leaves nothing of an archive that is refused before the disk has answered", async () => {
  const { mkdir } = fsp;
  const isSlow = (async (...call: Parameters<typeof mkdir>) => {
    await pause(50);
    return mkdir(...call);
  }) as typeof mkdir;
  try {
    fsp.mkdir = isSlow;
    syncBuiltinESMExports();
    for (const bytes of [oddTar({ name: "a\\b" }), gzipSync(oddTar({ name: "a" })).subarray(0, 40)]) {
      expect((await faultOf(open(bytes))).code).toBe("cli/bad-archive");
    }
    await pause(100);
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    fsp.mkdir = mkdir;
    syncBuiltinESMExports();
  }
});
