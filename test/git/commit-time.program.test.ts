import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { readCommitTime } from "../../src/git/commit-time.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { git } from "../helpers/git.ts";
import { testSeed } from "../helpers/test-seed.ts";

/** A repository with commits of many sizes, so that some become deltas of others. In: the hash. */
async function history(hash: "sha1" | "sha256", count = 60): Promise<string> {
  const directory = join(temporaryDirectory(), "repository");
  mkdirSync(directory);
  await git(directory, "init", "-q", `--object-format=${hash}`);
  const lines = Array.from({ length: count }, (_, index) => {
    const words =
      `${index} `.repeat((index * 37) % 900) + "the same words at the end of each message ".repeat(40);
    const zone = ["+0000", "-0730", "+0545", "+1400"][index % 4];
    const data = `message ${words}`;
    return [
      ...[
        "commit refs/heads/main",
        `committer A U Thor <a@example.com> ${1_600_000_000 + index * 1000} ${zone}`,
      ],
      `data ${Buffer.byteLength(data)}\n${data}\n`,
    ].join("\n");
  });
  await execa("git", ["fast-import", "--quiet"], { cwd: directory, input: lines.join("\n") });
  return directory;
}

/** Commits with the time that git says. */
async function asGit(directory: string): Promise<string[][]> {
  const lines = await git(directory, "log", "--format=%H %cI", "main");
  // Later versions of git write UTC as `Z`.
  return lines.split("\n").map((line) => line.replace(/Z$/, "+00:00").split(" "));
}

async function expectAll(directory: string): Promise<void> {
  const expected = await asGit(directory);
  const found = expected.map(([commit = ""]) => [commit, readCommitTime(directory, commit)]);
  expect(found).toEqual(expected);
}

describe.each(["sha1", "sha256"] as const)("in a repository of %s,", (hash) => {
  it("the time of each commit is git's, loose, packed and as deltas of either kind", async () => {
    const directory = await history(hash);
    const packs = join(directory, ".git", "objects", "pack");
    await expectAll(directory);
    const repacks = [
      ["repack", "-adfq", "--depth=50", "--window=50"],
      // Deltas that name their base by its id, as they come over the net.
      ["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=50", "--window=50"],
      ["-c", "pack.packSizeLimit=1m", "repack", "-adfq"],
    ];
    for (const words of repacks) {
      await git(directory, ...words);
      expect(await git(directory, "count-objects", "-v")).toMatch(/^count: 0$/m);
      await expectAll(directory);
    }
    const indexes = readdirSync(packs).flatMap((name) => (name.endsWith(".idx") ? [join(packs, name)] : []));
    // Offsets that do not fit into 31 bits stand in a table of their own, as in a pack of more than 2 GiB.
    for (const index of indexes) {
      rmSync(index);
      await git(
        directory,
        "index-pack",
        "--index-version=2,0x40",
        "-o",
        index,
        index.replace(/idx$/, "pack"),
      );
    }
    await expectAll(directory);
    expect(await git(directory, "verify-pack", "-v", ...indexes)).toMatch(/^chain length = /m);
  });

  it("a commit is not there without its pack, and not by another name than its whole id", async () => {
    const directory = await history(hash, 3);
    const commit = await git(directory, "rev-parse", "main");
    await git(directory, "tag", "-a", "-m", "first", "v1", "main");
    for (const name of [commit.slice(0, 12), "HEAD", "main", "-1", "", "0".repeat(commit.length)]) {
      expect(readCommitTime(directory, name), name).toBeUndefined();
    }
    for (const other of ["v1", "main^{tree}"]) {
      expect(readCommitTime(directory, await git(directory, "rev-parse", other)), other).toBeUndefined();
    }
    rmSync(join(directory, ".git", "objects"), { recursive: true });
    mkdirSync(join(directory, ".git", "objects"));
    expect(readCommitTime(directory, commit)).toBeUndefined();
  });

  it("a damaged pack or index gives the true time or none", async () => {
    const directory = await history(hash);
    await git(directory, "repack", "-adfq");
    const expected = await asGit(directory);
    const packs = join(directory, ".git", "objects", "pack");
    const files = readdirSync(packs)
      .filter((name) => /\.(?:idx|pack)$/.test(name))
      .map((name) => ({ path: join(packs, name), bytes: readFileSync(join(packs, name)) }));
    const seed = testSeed("damaged packs");
    let drawn = 0;
    const random = (below: number) => {
      drawn += 1;
      return createHash("sha1").update(`${seed} ${drawn}`).digest().readUInt32BE(0) % below;
    };
    for (let round = 0; round < 400; round += 1) {
      const { path, bytes } = files[random(files.length)] ?? { path: "", bytes: Buffer.alloc(0) };
      const damaged = Buffer.from(bytes);
      for (let flips = 1 + random(40); flips > 0; flips -= 1) {
        // The beginning of an index leads to everything else.
        const range = random(2) === 0 ? Math.min(1100, bytes.length) : bytes.length;
        damaged[random(range)] = random(256);
      }
      chmodSync(path, 0o600);
      writeFileSync(path, random(8) === 0 ? damaged.subarray(0, random(bytes.length)) : damaged);
      const [commit = "", time] = expected[random(expected.length)] ?? [];
      expect([time, undefined]).toContain(readCommitTime(directory, commit));
      writeFileSync(path, bytes);
    }
    await expectAll(directory);
  });
});

/** A loose object by what stands in it. Out: its id. */
function putObject(directory: string, type: string, content: Buffer, packed?: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const id = createHash("sha1").update(whole).digest("hex");
  mkdirSync(join(directory, ".git", "objects", id.slice(0, 2)), { recursive: true });
  const path = join(directory, ".git", "objects", id.slice(0, 2), id.slice(2));
  writeFileSync(path, packed ?? deflateSync(whole));
  return id;
}

it.each([
  ["one hour east", "1600000000 +0100", "2020-09-13T13:26:40+01:00"],
  ["before 1970 in its own zone", "0 -0100", "1969-12-31T23:00:00-01:00"],
  ["after the year 9999", "999999999999 +0000", undefined],
  ["no number", "x +0000", undefined],
  ["more than a number holds", `${"9".repeat(400)} +0000`, undefined],
  ["no zone", "1600000000", undefined],
  ["an odd zone", "1600000000 +01", undefined],
])("a commit of %s", async (_, time, expected) => {
  const directory = await history("sha1", 1);
  const text = `tree ${"0".repeat(40)}\nauthor A <a> 1 +0000\ncommitter A > <a> ${time}\n\ncommitter B <b> 1 +0000\n`;
  expect(readCommitTime(directory, putObject(directory, "commit", Buffer.from(text)))).toBe(expected);
});

it("an object that is another than its id says, larger than a commit or no object is none", async () => {
  const directory = await history("sha1", 1);
  const text = Buffer.from("tree 0\ncommitter A <a> 1600000000 +0000\n\n");
  expect(readCommitTime(directory, putObject(directory, "commit", text))).toBe("2020-09-13T12:26:40+00:00");
  const other = Buffer.from("tree 1\ncommitter A <a> 1600000000 +0000\n\n");
  const large = Buffer.concat([text, Buffer.alloc(2 ** 30 / 8)]);
  for (const id of [
    putObject(directory, "blob", text),
    putObject(directory, "commit", other, deflateSync(Buffer.from("commit 3\0abc"))),
    putObject(directory, "commit", large),
    putObject(directory, "commit", Buffer.from("x"), Buffer.from("no zlib")),
    putObject(directory, "commit", Buffer.from("y"), Buffer.alloc(0)),
  ]) {
    expect(readCommitTime(directory, id)).toBeUndefined();
  }
});

it("borrowed objects and links to others are not followed", async () => {
  const [lender, borrower] = [await history("sha1", 2), await history("sha1", 1)];
  const commit = await git(lender, "rev-parse", "main");
  const objects = join(borrower, ".git", "objects");
  writeFileSync(join(objects, "info", "alternates"), `${join(lender, ".git", "objects")}\n`);
  expect(await git(borrower, "cat-file", "-t", commit)).toBe("commit");
  expect(readCommitTime(borrower, commit)).toBeUndefined();
});

it("a pack that is a device or a pipe is not waited for", async () => {
  const directory = await history("sha1", 2);
  await git(directory, "repack", "-adfq");
  const commit = await git(directory, "rev-parse", "main");
  const packs = join(directory, ".git", "objects", "pack");
  const [pack = ""] = readdirSync(packs).filter((name) => name.endsWith(".pack"));
  rmSync(join(packs, pack));
  symlinkSync("/dev/zero", join(packs, pack));
  expect(readCommitTime(directory, commit)).toBeUndefined();
  const index = join(packs, pack.replace(".pack", ".idx"));
  rmSync(index);
  execFileSync("mkfifo", [index]);
  expect(readCommitTime(directory, commit)).toBeUndefined();
});
