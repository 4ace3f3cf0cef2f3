import { readdirSync } from "node:fs";
import { Readable } from "node:stream";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import { usualLimits } from "../../../src/archive/unpack-budget.ts";
import { oddTar } from "../../helpers/archives.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { gitSurroundings } from "../../helpers/git-surroundings.ts";
import { endlessPack, serveHostileGit } from "../../lab/hostile-git-server.ts";

const room = vi.hoisted(() => ({ blocks: 0, looks: 0, failsWith: "", inodes: 1e9 }));
vi.mock("node:fs", async (importOriginal) => ({
  ...(await importOriginal<typeof import("node:fs")>()),
  statfsSync: () => {
    room.looks += 1;
    if (room.failsWith !== "")
      throw Object.assign(new Error("no space"), { code: room.failsWith, syscall: "write" });
    return { bavail: room.looks > room.blocks ? 1 : 1e9, bsize: 4096, files: 1e9, ffree: room.inodes };
  },
}));

// Other files may have loaded them with the real one, and are to have that again.
vi.resetModules();
const { openStream } = await import("../../../src/build/source/archive-source.ts");
const { openGit } = await import("../../../src/build/source/git/git-source.ts");
afterAll(() => {
  vi.doUnmock("node:fs");
  vi.resetModules();
});

let temporary: string;
beforeEach(() => {
  temporary = temporaryDirectory();
  vi.stubEnv("TMPDIR", temporary);
  room.looks = 0;
  room.failsWith = "";
  room.inodes = 1e9;
  return () => vi.unstubAllEnvs();
});

// The first look is when the archive comes, the second when it is unpacked.
it.each([0, 1])("the disk is never filled, and what was written goes: after %i looks", async (blocks) => {
  room.blocks = blocks;
  const opening = openStream(Readable.from([oddTar({ name: "a" })]), {
    ...{ shown: "standard input", written: "-", name: "app", keepGitDirectory: false },
    ...{ limits: usualLimits, namesFile: false, report: () => {}, tell: () => {} },
  });
  await expect(opening).rejects.toThrow(`cli/no-room: Cannot store the source in ${temporary}`);
  await expect(opening).rejects.toThrow("the disk is nearly full");
  expect(readdirSync(temporary)).toEqual([]);
});

it.each(["ENOSPC", "EDQUOT"])("a disk that is full is no fault of ours: %s", async (code) => {
  room.failsWith = code;
  const opening = openStream(Readable.from([oddTar({ name: "a" })]), {
    ...{ shown: "standard input", written: "-", name: "app", keepGitDirectory: false },
    ...{ limits: usualLimits, namesFile: false, report: () => {}, tell: () => {} },
  });
  await expect(opening).rejects.toThrow("cli/no-room");
  expect(readdirSync(temporary)).toEqual([]);
});

it("a git server cannot fill the disk, either", async () => {
  room.blocks = 5;
  const server = await serveHostileGit(endlessPack);
  const opening = openGit(server.url, {
    ...{ keepsGitDirectory: false, allowsLocal: false, wantsSubmodules: false },
    ...{ limits: usualLimits, report: () => {}, surroundings: gitSurroundings },
  });
  await expect(opening).rejects.toThrow(`cli/no-room: Cannot store the source in ${temporary}`);
  expect(readdirSync(temporary)).toEqual([]);
  await server.close();
});

it("nor take its last inodes", async () => {
  room.blocks = 1e9;
  room.inodes = 1000;
  const server = await serveHostileGit(endlessPack);
  const opening = openGit(server.url, {
    ...{ keepsGitDirectory: false, allowsLocal: false, wantsSubmodules: false },
    ...{ limits: usualLimits, report: () => {}, surroundings: gitSurroundings },
  });
  await expect(opening).rejects.toThrow("the disk is nearly out of inodes");
  expect(readdirSync(temporary)).toEqual([]);
  await server.close();
});
