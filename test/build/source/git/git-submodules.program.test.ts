import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { usualLimits } from "../../../../src/archive/unpack-budget.ts";
import { type GitWish, openGit } from "../../../../src/build/source/git/git-source.ts";
import type { Diagnostic } from "../../../../src/diagnostics/diagnostic.ts";
import { temporaryDirectory } from "../../../helpers/directory.ts";
import { gitSurroundings } from "../../../helpers/git-surroundings.ts";
import { type GitServer, serveGit } from "../../../lab/git-server.ts";

const login = { name: "ci", password: "p@ss:w/ö%rd" };
const userInfo = `${login.name}:${encodeURIComponent(login.password)}`;
let place: string;
/** Has the password. */
let home: GitServer;
/** Somebody else's, who would like to have it. */
let stranger: GitServer;
let strangerWithLogin: GitServer;
let reported: Diagnostic[] = [];
const wish: GitWish = {
  ...{ keepsGitDirectory: false, allowsLocal: false, wantsSubmodules: true },
  ...{ limits: usualLimits, report: (diagnostic) => reported.push(diagnostic) },
  surroundings: gitSurroundings,
};

async function git(directory: string, ...words: readonly string[]): Promise<string> {
  const settings = ["user.name=t", "user.email=t@example.com", "protocol.file.allow=always"];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  return (await execa("git", ["-C", directory, ...flags, ...words])).stdout;
}

/** Makes a repository. In: paths of its links, and .gitmodules' text. */
async function repository(name: string, links: readonly string[] = [], gitmodules = ""): Promise<void> {
  const work = mkdtempSync(join(place, "work-"));
  await git(work, "init", "--quiet", "--initial-branch=main");
  writeFileSync(join(work, `${name}.txt`), name);
  if (gitmodules !== "") writeFileSync(join(work, ".gitmodules"), gitmodules);
  await git(work, "add", ".");
  const commit = existsSync(join(place, "leaf.git"))
    ? await git(join(place, "leaf.git"), "rev-parse", "HEAD")
    : "";
  for (const path of links) {
    await git(
      work,
      "update-index",
      "--add",
      "--cacheinfo",
      `160000,${path.endsWith("nested") ? await git(join(place, "nested.git"), "rev-parse", "HEAD") : commit},${path}`,
    );
  }
  await git(work, "commit", "--quiet", "--message=x");
  await git(place, "clone", "--quiet", "--bare", work, join(place, `${name}.git`));
}

const entry = (path: string, url: string, rest = "") =>
  `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n${rest}`;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
  home = await serveGit(place, { login });
  stranger = await serveGit(place);
  strangerWithLogin = await serveGit(place, { login: { name: "x", password: "y" } });
  await repository("leaf");
  await repository("nested", ["deep"], entry("deep", "../leaf.git"));
  await repository(
    "relative",
    ["lib/leaf", "nested"],
    entry("lib/leaf", "../leaf.git") + entry("nested", "../nested.git"),
  );
  await repository("foreign", ["leaf"], entry("leaf", `${stranger.address}/leaf.git`));
  await repository("guarded", ["leaf"], entry("leaf", `${strangerWithLogin.address}/leaf.git`));
  // Up and out: the next part of the path is another host.
  await repository("climbing", ["leaf"], entry("leaf", `../../${new URL(stranger.address).host}/leaf.git`));
  await repository("silent", ["none", "off"], entry("off", "../leaf.git", "\tupdate = none\n"));
});
afterAll(async () => {
  await Promise.all([home.close(), stranger.close(), strangerWithLogin.close()]);
  rmSync(place, { recursive: true, force: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  reported = [];
  for (const server of [home, stranger, strangerWithLogin]) server.asked.splice(0);
});

const secretUrl = (name: string) => `${home.address.replace("//", `//${userInfo}@`)}/${name}.git`;

/** Every file below a directory. */
function files(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

it("none is fetched unasked, and the empty directories are named", async () => {
  const source = await openGit(secretUrl("relative"), { ...wish, wantsSubmodules: false });
  expect(readdirSync(join(source.directory, "nested"))).toEqual([]);
  expect(reported.map(({ code, message }) => [code, message])).toEqual([
    ["cli/submodules-left-out", expect.stringContaining("lib/leaf, nested")],
  ]);
  source.remove();
});

it("they come from the same server with its password, which is then in no file", async () => {
  const source = await openGit(secretUrl("relative"), { ...wish, keepsGitDirectory: true });
  for (const path of ["relative.txt", "lib/leaf/leaf.txt", "nested/nested.txt", "nested/deep/leaf.txt"]) {
    expect(existsSync(join(source.directory, path)), path).toBe(true);
  }
  const all = files(source.directory);
  expect(all.filter((path) => path.endsWith("/.git/config"))).toHaveLength(4);
  const words = [login.password, encodeURIComponent(login.password), "w/", "%rd", "@127", "ci:"];
  for (const path of all.filter((name) => /\/(?:config|FETCH_HEAD|logs\/.*|HEAD|.*\.txt)$/.test(name))) {
    const text = readFileSync(path, "utf8");
    expect(
      words.filter((word) => text.includes(word)),
      path,
    ).toEqual([]);
  }
  expect(source.git?.remote).toBe(`${home.address}/relative.git`);
  source.remove();
});

it("without `.git` where that is not asked for", async () => {
  const source = await openGit(secretUrl("relative"), wish);
  expect(files(source.directory).filter((path) => path.includes("/.git/"))).toEqual([]);
  source.remove();
});

describe("another server gets none of this one's logins", () => {
  const authorizations = ({ asked }: GitServer) =>
    asked
      .flatMap(({ authorization, "x-token": token }) => [authorization, token])
      .filter((one) => one !== undefined);

  it.each(["foreign", "climbing"])("of a URL: %s", async (name) => {
    const source = await openGit(secretUrl(name), wish);
    expect(existsSync(join(source.directory, "leaf", "leaf.txt"))).toBe(true);
    expect(stranger.asked).not.toEqual([]);
    expect(authorizations(stranger)).toEqual([]);
    source.remove();
  });

  it("where it asks for one", async () => {
    await expect(openGit(secretUrl("guarded"), wish)).rejects.toThrow("cli/git-failed");
    expect(strangerWithLogin.asked).not.toEqual([]);
    expect(authorizations(strangerWithLogin)).toEqual([]);
  });

  it("of a program that answers every question", async () => {
    const program = join(temporaryDirectory(), "askpass");
    writeFileSync(program, "#!/bin/sh\necho secret\n");
    chmodSync(program, 0o755);
    for (const name of ["GIT_ASKPASS", "SSH_ASKPASS"]) vi.stubEnv(name, program);
    await expect(openGit(secretUrl("guarded"), wish)).rejects.toThrow("cli/git-failed");
    expect(strangerWithLogin.asked).not.toEqual([]);
    expect(authorizations(strangerWithLogin)).toEqual([]);
  });

  it("of a header for every server", async () => {
    const user = temporaryDirectory();
    vi.stubEnv("HOME", user);
    writeFileSync(join(user, ".gitconfig"), '[http]\nextraHeader = "X-Token: secret"\n');
    await expect(openGit(secretUrl("foreign"), wish)).rejects.toThrow("cli/bad-submodule");
    expect(stranger.asked).toEqual([]);
    // One that belongs to its server is none for another.
    writeFileSync(join(user, ".gitconfig"), `[http "${home.address}/"]\nextraHeader = "X-Token: secret"\n`);
    (await openGit(secretUrl("foreign"), wish)).remove();
    expect(authorizations(home)).toContain("secret");
    expect(stranger.asked).not.toEqual([]);
    expect(authorizations(stranger)).toEqual([]);
  });
});

it("a directory that stays empty is named", async () => {
  const source = await openGit(secretUrl("silent"), wish);
  expect(reported.map(({ code, message }) => [code, message])).toEqual([
    ["cli/submodules-left-out", expect.stringContaining("none, off")],
  ]);
  source.remove();
});

describe("what .gitmodules says is no command", () => {
  // git refuses some of it already when it gets the objects.
  it.each([
    ["an option", "cli/git-failed", (ran: string) => `--upload-pack=touch ${ran}`],
    ["a helper", "cli/bad-submodule", (ran: string) => `ext::sh -c "touch% ${ran}"`],
    ["a helper without a space", "cli/bad-submodule", (ran: string) => `ext::touch%20${ran}`],
    ["an option of ssh", "cli/bad-submodule", (ran: string) => `ssh://-oProxyCommand=touch%20${ran}/x`],
    ["a host of ssh", "cli/bad-submodule", (ran: string) => `git@-oProxyCommand=touch%20${ran}:x`],
    ["a repository on this machine", "cli/bad-submodule", () => join(place, "leaf.git")],
    ["a file URL", "cli/bad-submodule", () => `file://${place}/leaf.git`],
    ["a path above every server", "cli/bad-submodule", () => "../../../../../../../etc/leaf.git"],
    ["a line break", "cli/git-failed", () => `"http://h.example/\\nhost=x"`],
    ["a program to update it", "cli/git-failed", (ran: string) => `../leaf.git\n\tupdate = !touch ${ran}`],
  ])("%s", async (kind, code, url) => {
    const ran = join(temporaryDirectory(), "ran");
    const name = `hostile-${kind.replaceAll(" ", "-")}`;
    await repository(name, ["leaf"], entry("leaf", url(ran), "\tbranch = --upload-pack=touch\n"));
    for (const [key, value] of [
      ["COUNT", "1"],
      ["KEY_0", "protocol.allow"],
      ["VALUE_0", "always"],
    ] as const) {
      vi.stubEnv(`GIT_CONFIG_${key}`, value);
    }
    await expect(openGit(secretUrl(name), wish)).rejects.toThrow(code);
    expect(existsSync(ran)).toBe(false);
  });
});
