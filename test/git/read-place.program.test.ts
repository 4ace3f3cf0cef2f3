import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPlace } from "../../src/git/read-place.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { git } from "../helpers/git.ts";

const remote = "https://git.example/acme/shop.git";

/** A clone with one commit, and a directory in it. */
async function clone(): Promise<string> {
  const directory = join(temporaryDirectory(), "shop");
  mkdirSync(join(directory, "apps", "cart"), { recursive: true });
  writeFileSync(join(directory, "apps", "cart", "app"), "");
  await git(directory, "init", "-q");
  await git(directory, "remote", "add", "origin", remote);
  await git(directory, "add", ".");
  await git(directory, "commit", "-qm", "first");
  return directory;
}

describe("a clone", () => {
  it("says its remote, and where in it a directory is", async () => {
    const shop = await clone();
    expect(readPlace(shop)).toEqual({ remote, subdirectory: "" });
    expect(readPlace(join(shop, "apps", "cart"))).toEqual({ remote, subdirectory: "apps/cart" });
    const link = join(temporaryDirectory(), "link");
    symlinkSync(join(shop, "apps"), link);
    expect(readPlace(join(link, "cart"))).toEqual({ remote, subdirectory: "apps/cart" });
  });

  it("prefers origin, else takes the first by name, and its first URL", async () => {
    const shop = await clone();
    await git(shop, "remote", "add", "apple", "https://git.example/apple");
    await git(shop, "remote", "set-url", "--add", "origin", "https://git.example/mirror");
    expect(readPlace(shop)?.remote).toBe(remote);
    await git(shop, "remote", "remove", "origin");
    await git(shop, "remote", "add", "banana", "https://git.example/banana");
    expect(readPlace(shop)?.remote).toBe("https://git.example/apple");
  });

  it("with a relative remote says where that is", async () => {
    const shop = await clone();
    await git(shop, "remote", "set-url", "origin", "../other");
    expect(readPlace(join(shop, "apps"))?.remote).toBe(join(shop, "..", "other"));
  });

  it("is read with its objects in SHA-256, and with its refs in a form that nobody here knows", async () => {
    const shop = await clone();
    appendFileSync(
      join(shop, ".git", "config"),
      "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\nrefstorage = reftable\n",
    );
    mkdirSync(join(shop, ".git", "reftable"));
    expect(readPlace(shop)).toEqual({ remote, subdirectory: "" });
  });

  it("is found behind a directory `.git` that is no repository", async () => {
    const shop = await clone();
    mkdirSync(join(shop, "apps", ".git"));
    expect(readPlace(join(shop, "apps"))).toEqual({ remote, subdirectory: "apps" });
  });

  it("without a remote, without a configuration or with a broken one says nothing", async () => {
    const shop = await clone();
    const config = join(shop, ".git", "config");
    for (const text of ["", "[remote", '[remote "origin"]\nfetch = x\n', '[remote "origin"]\nurl\n']) {
      writeFileSync(config, text);
      expect(readPlace(shop), text).toBeUndefined();
    }
    rmSync(config);
    expect(readPlace(shop)).toBeUndefined();
    expect(readPlace(temporaryDirectory())).toBeUndefined();
    expect(readPlace(join(shop, "missing"))).toBeUndefined();
  });
});

describe("a working tree that is elsewhere than its repository", () => {
  it("is read where it is one of the repository's worktrees", async () => {
    const shop = await clone();
    await git(shop, "worktree", "add", "-q", "../second");
    expect(readPlace(join(shop, "..", "second", "apps"))).toEqual({ remote, subdirectory: "apps" });
  });

  it("is read where it is a submodule, which has a remote of its own", async () => {
    const [shop, library] = [await clone(), await clone()];
    await git(shop, "submodule", "--quiet", "add", library, "lib/names");
    const place = { remote: library, subdirectory: "apps" };
    expect(readPlace(join(shop, "lib", "names", "apps"))).toEqual(place);
    await git(join(shop, "lib", "names"), "worktree", "add", "-q", "../../../third");
    expect(readPlace(join(shop, "..", "third", "apps"))).toEqual(place);
  });

  it("is not taken for a repository that does not name it: another project's cache would be its own", async () => {
    const [victim, shop] = [await clone(), await clone()];
    await git(victim, "worktree", "add", "-q", "../second");
    await git(victim, "submodule", "--quiet", "add", shop, "lib");
    const dotGit = join(shop, ".git");
    renameSync(dotGit, join(shop, "own"));
    for (const target of [
      join(victim, ".git"),
      join(victim, ".git", "worktrees", "second"),
      join(victim, ".git", "modules", "lib"),
      join(shop, "own"),
      "/",
      "/dev/zero",
      "/proc/self/fd/0",
    ]) {
      writeFileSync(dotGit, `gitdir: ${target}\n`);
      expect(readPlace(join(shop, "apps")), target).toBeUndefined();
    }
    rmSync(dotGit);
    symlinkSync(join(victim, ".git"), dotGit);
    expect(readPlace(shop)).toBeUndefined();
  });
});

describe("nothing is read from elsewhere:", () => {
  const secret = '[remote "origin"]\nurl = https://git.example/secret\n';

  it("not by an include", async () => {
    const shop = await clone();
    const other = join(temporaryDirectory(), "other");
    writeFileSync(other, secret);
    await git(shop, "remote", "remove", "origin");
    for (const line of [`[include]\npath = ${other}`, `[includeIf "gitdir:**"]\npath = ${other}`]) {
      writeFileSync(join(shop, ".git", "config"), line);
      expect(readPlace(shop)).toBeUndefined();
    }
  });

  it("not by a configuration that is a link, a pipe or a device", async () => {
    const shop = await clone();
    const config = join(shop, ".git", "config");
    const other = join(temporaryDirectory(), "other");
    writeFileSync(other, secret);
    for (const make of [
      () => symlinkSync(other, config),
      () => symlinkSync("/dev/zero", config),
      () => execFileSync("mkfifo", [config]),
      () => mkdirSync(config),
    ]) {
      rmSync(config, { recursive: true });
      make();
      expect(readPlace(shop)).toBeUndefined();
    }
  });

  it("not by commondir", async () => {
    const [victim, shop] = [await clone(), await clone()];
    await git(shop, "remote", "set-url", "origin", "https://git.example/own");
    writeFileSync(join(shop, ".git", "commondir"), join(victim, ".git"));
    expect(readPlace(shop)?.remote).toBe("https://git.example/own");
  });

  it("not from a working tree that the configuration names", async () => {
    const shop = await clone();
    await git(shop, "config", "core.worktree", "/etc");
    await git(shop, "config", "remote.origin.url", "../x").catch(() => undefined);
    expect(readPlace(join(shop, "apps"))).toEqual({
      remote: join(shop, "..", "x"),
      subdirectory: "apps",
    });
  });
});

describe("what comes out can be an argument of a program:", () => {
  it.each([
    ["a NUL", "https://git.example/a\0b"],
    ["a line break", '"https://git.example/a\\nb"'],
    ["an escape of a terminal's", "https://git.example/\u001b[2Jb"],
    ["more than a program takes", `https://git.example/${"a".repeat(200_000)}`],
  ])("no remote with %s", async (_, url) => {
    const shop = await clone();
    writeFileSync(join(shop, ".git", "config"), `[remote "origin"]\nurl = ${url}\n`);
    expect(readPlace(shop)).toBeUndefined();
  });

  it("no remote of a configuration without an end", async () => {
    const shop = await clone();
    writeFileSync(join(shop, ".git", "config"), `[remote "origin"]\nurl = x\n#${"#".repeat(9 * 2 ** 20)}`);
    expect(readPlace(shop)).toBeUndefined();
  });
});

it("a bare repository among the files is no clone, and its configuration is not looked at", async () => {
  const shop = await clone();
  const bare = join(shop, "apps", "cart");
  await git(shop, "init", "-q", "--bare", bare);
  await git(bare, "remote", "add", "origin", "https://git.example/hostile");
  expect(readPlace(bare)).toEqual({ remote, subdirectory: "apps/cart" });
  const alone = join(temporaryDirectory(), "alone");
  cpSync(bare, alone, { recursive: true });
  expect(readPlace(alone)).toBeUndefined();
});

describe.runIf(process.getuid?.() === 0)("of other users' files", () => {
  const [mallory, builder] = [61_001, 61_002];
  const own = (path: string, uid: number) => execFileSync("chown", ["-R", `${uid}:${uid}`, path]);

  it("a checkout of anybody's is read", async () => {
    const shop = await clone();
    own(shop, builder);
    expect(readPlace(join(shop, "apps"))).toEqual({ remote, subdirectory: "apps" });
  });

  it("a `.git` that somebody has put above a project of ours is not: it would give us his cache", async () => {
    const shop = await clone();
    const shared = join(shop, "..");
    chmodSync(shared, 0o1777);
    renameSync(join(shop, ".git"), join(shared, ".git"));
    expect(readPlace(shop)).toEqual({ remote, subdirectory: "shop" });
    chownSync(shop, builder, builder);
    own(join(shared, ".git"), mallory);
    expect(readPlace(shop)).toBeUndefined();
    // His own project, or a place that is his, may.
    chownSync(shop, mallory, mallory);
    expect(readPlace(shop)).toEqual({ remote, subdirectory: "shop" });
    chownSync(shop, builder, builder);
    chownSync(shared, mallory, mallory);
    expect(readPlace(shop)).toEqual({ remote, subdirectory: "shop" });
  });
});

it("a file of a repository is not written to", async () => {
  const shop = await clone();
  const before = readFileSync(join(shop, ".git", "config"));
  readPlace(shop);
  expect(readFileSync(join(shop, ".git", "config"))).toEqual(before);
});
