import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { usualLimits } from "../../../../src/archive/unpack-budget.ts";
import { usualPeriods } from "../../../../src/build/source/git/git-budget.ts";
import { type GitWish, openGit } from "../../../../src/build/source/git/git-source.ts";
import { CompileError, TemporaryError } from "../../../../src/diagnostics/diagnostic.ts";
import { temporaryDirectory } from "../../../helpers/directory.ts";
import { gitSurroundings } from "../../../helpers/git-surroundings.ts";
import { type GitServer, serveGit } from "../../../lab/git-server.ts";
import {
  type Behaviour,
  deltaBomb,
  drip,
  endlessPack,
  serveHostileGit,
  stall,
  talk,
} from "../../../lab/hostile-git-server.ts";

let temporary: string;
const wish: GitWish = {
  ...{ keepsGitDirectory: false, allowsLocal: false, wantsSubmodules: true },
  ...{ limits: usualLimits, report: () => {}, surroundings: gitSurroundings },
};
/** Much shorter than a test, and longer than git takes to start. */
const impatient = { ...usualPeriods, lookMs: 20 };

beforeEach(() => {
  temporary = temporaryDirectory();
  vi.stubEnv("TMPDIR", temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What a fetch ends with, when nothing is left of it. */
async function failure(url: string, changes: Partial<GitWish>): Promise<unknown> {
  const error = await openGit(url, { ...wish, ...changes }).then(
    () => "none",
    (reason: unknown) => reason,
  );
  expect(readdirSync(temporary)).toEqual([]);
  return error;
}

describe("a server that is no repository's", () => {
  async function failureOf(behaviour: Behaviour, changes: Partial<GitWish>): Promise<unknown> {
    const server = await serveHostileGit(behaviour);
    const error = await failure(server.url, changes);
    await server.close();
    return error;
  }

  it("sends for ever: it is ended at the size of a source", async () => {
    const limits = { ...usualLimits, sizeBytes: 4 * 2 ** 20 };
    const error = await failureOf(endlessPack, { limits, periods: impatient });
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toMatch(/cli\/git-limit: git:.* was not fetched: its server sends more than 4 MiB/);
  });

  it("talks for ever: it is ended, and not all of it is kept", async () => {
    const error = await failureOf(talk, {});
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toMatch(
      /cli\/git-limit: git:.*: git was stopped because it prints more than 16 MiB of messages/,
    );
  });

  it("falls silent", async () => {
    const error = await failureOf(stall, { periods: { ...impatient, silenceMs: 1500 } });
    expect(error).toBeInstanceOf(TemporaryError);
    expect(String(error)).toMatch(/cli\/git-slow: git:.*: the server sent nothing for 1.5 seconds/);
  });

  it("says a word now and then, and nothing else", async () => {
    const periods = { ...impatient, silenceMs: 1000, totalMs: 3000 };
    const error = await failureOf(drip, { periods });
    expect(error).toBeInstanceOf(TemporaryError);
    expect(String(error)).toMatch(/cli\/git-slow: git:.*: it takes longer than 3 seconds/);
  });

  it("says that a few bytes become more than there is memory", async () => {
    const error = await failureOf(deltaBomb, {});
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toMatch(/cli\/git-failed: .*attempting to allocate \d+ over limit/);
  });

  it("takes a connection of http, and answers nothing", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    const error = await failure(url, { periods: { ...impatient, silenceMs: 1000 } });
    expect(error).toBeInstanceOf(TemporaryError);
    expect(String(error)).toContain("cli/git-slow");
    server.close();
  });
});

describe("a repository", () => {
  let place: string;
  let server: GitServer;

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
    const work = join(place, "work");
    mkdirSync(join(place, "served"));
    mkdirSync(work);
    const git = async (input: string, ...words: string[]) =>
      (
        await execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
          cwd: work,
          input,
        })
      ).stdout;
    const serve = (name: string) =>
      git("", "clone", "--quiet", "--bare", ".", join(place, "served", `${name}.git`));
    await git("", "init", "--quiet", "--initial-branch=main");
    const empty = await git("", "hash-object", "-w", "--stdin");
    const publish = async (name: string, tree: string) => {
      const commit = await git("", "commit-tree", "-m", "x", tree);
      await git("", "update-ref", "refs/heads/main", commit);
      await serve(name);
      return commit;
    };
    writeFileSync(join(work, "zeros"), Buffer.alloc(64 * 2 ** 20));
    const zeros = await git("", "hash-object", "-w", "zeros");
    await publish("zeros", await git(`100644 blob ${zeros}\tzeros\n`, "mktree"));
    writeFileSync(join(work, "noise"), randomBytes(3 * 2 ** 20));
    const noise = await git("", "hash-object", "-w", "noise");
    const noiseTree = await git(`100644 blob ${noise}\tnoise\n`, "mktree");
    const inner = await publish("noise", noiseTree);
    // Ten times ten times …: some hundred bytes, and more files than any disk has room for.
    let bomb = await git(`100644 blob ${empty}\tx\n`, "mktree");
    for (let depth = 0; depth < 12; depth++) {
      const lines = Array.from({ length: 10 }, (_, index) => `040000 tree ${bomb}\t${index}\n`);
      bomb = await git(lines.join(""), "mktree");
    }
    await publish("bomb", bomb);
    const gitmodules = await git(
      '[submodule "a"]\n\tpath = a\n\turl = ../noise.git\n',
      "hash-object",
      "-w",
      "--stdin",
    );
    const links = `100644 blob ${gitmodules}\t.gitmodules\n160000 commit ${inner}\ta\n100644 blob ${noise}\tnoise\n`;
    await publish("outer", await git(links, "mktree"));
    const growing = async (name: string, line: string, text: string) => {
      const [rules, file] = await Promise.all(
        [line, text].map((input) => git(input, "hash-object", "-w", "--stdin", "--no-filters")),
      );
      await publish(
        name,
        await git(`100644 blob ${rules}\t.gitattributes\n100644 blob ${file}\tfile\n`, "mktree"),
      );
    };
    await growing("ident", "* ident\n", "$Id$\n".repeat(100_000));
    await growing("eol", "* text eol=crlf\n", "\n".repeat(700_000));
    await growing("encoding", "* text working-tree-encoding=UTF-32\n", "x".repeat(700_000));
    await publish("links", await manyLinks(git, inner, "d".repeat(60_000)));
    await publish("short-links", await manyLinks(git, inner, "d".repeat(3000)));
    await publish("refs", await git(`100644 blob ${empty}\tx\n`, "mktree"));
    const refs = join(place, "served", "refs.git");
    const main = await git("", "rev-parse", "main");
    const deep = Array.from({ length: 4 }, (_, index) => `${main} refs/heads/z${index}${"/a".repeat(500)}\n`);
    writeFileSync(
      join(refs, "packed-refs"),
      `# pack-refs with: peeled fully-peeled sorted \n${main} refs/heads/main\n${deep.join("")}`,
    );
    server = await serveGit(join(place, "served"));
  });
  afterAll(async () => {
    await server.close();
    rmSync(place, { recursive: true, force: true });
  });

  const url = (name: string) => `${server.address}/${name}.git`;
  const small = (sizeBytes: number) => ({ limits: { ...usualLimits, sizeBytes } });

  it("with a file that becomes too large is not checked out", async () => {
    expect(String(await failure(url("zeros"), small(2 ** 20)))).toMatch(
      /cli\/git-limit: .*zeros\.git was not fetched: its files have more than 1 MiB/,
    );
  });

  it("with more files than may be is not checked out", async () => {
    const limits = { ...usualLimits, entries: 5000 };
    expect(String(await failure(url("bomb"), { limits }))).toMatch(
      /cli\/git-limit: .*bomb\.git was not fetched: it has more than 5000 files and directories/,
    );
  });

  it("that comes in one moment is measured all the same", async () => {
    expect(String(await failure(url("noise"), small(2 ** 20)))).toMatch(/its server sends more than 1 MiB/);
  });

  it.each(["ident", "eol", "encoding"])("whose attributes make files larger is ended: %s", async (name) => {
    (await openGit(url(name), { ...wish, ...small(8 * 2 ** 20) })).remove();
    expect(String(await failure(url(name), small(2 ** 20)))).toMatch(
      /was not fetched: its files have more than 1 MiB/,
    );
  });

  it("whose links have paths that fill the memory is not checked out", async () => {
    expect(String(await failure(url("links"), {}))).toMatch(
      /was not fetched: it has a path of more than 4096 bytes/,
    );
    const error = String(await failure(url("short-links"), {}));
    expect(error).toMatch(/was not fetched: the paths of its submodules have more than 16 MiB/);
  });

  it("with refs that become more directories than may be is ended", async () => {
    const limits = { ...usualLimits, entries: 500 };
    // No name: git fetches all branches.
    expect(String(await failure(`${url("refs")}#1234567`, { limits }))).toMatch(
      /was not fetched: its branches and tags have more than 500 files and directories/,
    );
  });

  it("and its submodules have one limit together", async () => {
    (await openGit(url("noise"), { ...wish, ...small(5 * 2 ** 20) })).remove();
    (await openGit(url("outer"), { ...wish, ...small(5 * 2 ** 20), wantsSubmodules: false })).remove();
    expect(String(await failure(url("outer"), small(5 * 2 ** 20)))).toMatch(
      /cli\/git-limit: .*noise\.git was not fetched: its server sends more than 5 MiB/,
    );
    (await openGit(url("outer"), { ...wish, ...small(16 * 2 ** 20) })).remove();
    const limits = { ...usualLimits, entries: 3 };
    expect(String(await failure(url("outer"), { limits }))).toMatch(
      /noise\.git was not fetched: it has more than 3/,
    );
  });
});

/** 100 names for one tree of 100 links. */
async function manyLinks(
  git: (input: string, ...words: string[]) => Promise<string>,
  commit: string,
  name: string,
): Promise<string> {
  const names = Array.from({ length: 100 }, (_, index) => String(index));
  const links = await git(names.map((one) => `160000 commit ${commit}\t${one}\n`).join(""), "mktree");
  return git(names.map((one) => `040000 tree ${links}\t${one}${name}\n`).join(""), "mktree");
}
