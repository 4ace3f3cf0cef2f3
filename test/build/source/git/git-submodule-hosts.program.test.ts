import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { usualLimits } from "../../../../src/archive/unpack-budget.ts";
import { type GitWish, openGit } from "../../../../src/build/source/git/git-source.ts";
import { temporaryDirectory } from "../../../helpers/directory.ts";
import { gitSurroundings } from "../../../helpers/git-surroundings.ts";
import { type GitServer, serveGit } from "../../../lab/git-server.ts";

let place: string;
let served: string;
let server: GitServer;
/** Sends everybody on to the server. */
let redirecting: Server;
let redirectingAddress: string;
let user: string;
const wish: GitWish = {
  ...{ keepsGitDirectory: false, allowsLocal: false, wantsSubmodules: true },
  ...{ limits: usualLimits, report: () => {}, surroundings: gitSurroundings },
};

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
  served = join(place, "served");
  mkdirSync(served);
  server = await serveGit(served);
  await publish("leaf", "");
  redirecting = createServer(({ url = "/" }, response) => {
    response.writeHead(302, { Location: `${server.address}${url}` }).end();
  });
  await new Promise<void>((resolve) => redirecting.listen(0, "127.0.0.1", resolve));
  redirectingAddress = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
});
afterAll(async () => {
  redirecting.closeAllConnections();
  await Promise.all([server.close(), new Promise((resolve) => redirecting.close(resolve))]);
  rmSync(place, { recursive: true, force: true });
});
beforeEach(() => {
  user = temporaryDirectory();
  vi.stubEnv("HOME", user);
  // The user's git takes the test's server for one on the internet.
  writeFileSync(join(user, ".gitconfig"), `[url "${server.address}/"]\ninsteadOf = https://git.example/\n`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.asked.splice(0);
});

/** Makes a repository with a submodule `leaf`. In: its URL; empty: it has none. */
async function publish(name: string, url: string): Promise<void> {
  const work = mkdtempSync(join(place, "work-"));
  const git = (...words: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd: work });
  await git("init", "--quiet", "--initial-branch=main");
  writeFileSync(join(work, "file"), name);
  if (url !== "") writeFileSync(join(work, ".gitmodules"), `[submodule "leaf"]\npath = leaf\nurl = ${url}\n`);
  await git("add", ".");
  if (url !== "") {
    const { stdout } = await execa("git", ["-C", join(served, "leaf.git"), "rev-parse", "HEAD"]);
    await git("update-index", "--add", "--cacheinfo", `160000,${stdout},leaf`);
  }
  await git("commit", "--quiet", "--message=x");
  await git("clone", "--quiet", "--bare", ".", join(served, `${name}.git`));
}

it.each([
  ["this machine", (address: string) => `${address}/leaf.git`, "on this machine"],
  [
    "this machine by name",
    (address: string) => `${address.replace("127.0.0.1", "localhost")}/leaf.git`,
    "on this",
  ],
  ["this machine by ssh", () => "git@0x7f000001:leaf.git", "on this machine"],
  ["a metadata service", () => "http://169.254.169.254/leaf.git", "at a link-local or metadata address"],
  ["a private network", () => "https://10.0.0.7/leaf.git", "in a private network"],
  ["a name of a private network", () => "https://gitlab/leaf.git", "in a private network"],
])("a public repository gets nothing from %s", async (kind, url, reason) => {
  const name = `to-${kind.replaceAll(" ", "-")}`;
  await publish(name, url(server.address));
  const temporary = temporaryDirectory();
  vi.stubEnv("TMPDIR", temporary);
  await expect(openGit(`https://git.example/${name}.git`, wish)).rejects.toThrow(
    new RegExp(`cli/submodule-host: The submodule leaf was not fetched from .*: its server is ${reason}`),
  );
  expect(readdirSync(temporary)).toEqual([]);
  // Without submodules it is what it is.
  (await openGit(`https://git.example/${name}.git`, { ...wish, wantsSubmodules: false })).remove();
});

it.each([
  ["backslash", (address: string) => address.replace("//", "//git.example:80\\@"), "it has a backslash"],
  ["brackets", (address: string) => `a@[${address.slice("http://".length)}]:leaf`, "it is neither an https"],
  ["slash", () => "ssh://127.0.0.1%2Fx@git.example/leaf.git", "git would connect to another host"],
  ["path", () => "git@git.example:leaf@[127.0.0.1]:x", "git would connect to another host"],
])("a public repository cannot hide another host from us: %s", async (kind, url, reason) => {
  await publish(`hidden-${kind}`, `${url(server.address)}/leaf.git`.replaceAll("\\", "\\\\"));
  server.asked.splice(0);
  await expect(openGit(`https://git.example/hidden-${kind}.git`, wish)).rejects.toThrow(
    new RegExp(`cli/bad-submodule: The submodule leaf .*${reason}`),
  );
});

it("one in such a network gets its submodules from there", async () => {
  await publish("near", `${server.address.replace("127.0.0.1", "localhost")}/leaf.git`);
  const source = await openGit(`${server.address}/near.git`, wish);
  expect(existsSync(join(source.directory, "leaf", "file"))).toBe(true);
  source.remove();
});

it("a submodule's redirect is not followed, and the user can say where it leads to", async () => {
  await publish("moved", `${redirectingAddress}/leaf.git`);
  server.asked.splice(0);
  const opening = openGit(`${redirectingAddress}/moved.git`, wish);
  // That of the repository that the user named is.
  await expect(opening).rejects.toThrow(
    `cli/submodule-redirect: The submodule at ${redirectingAddress}/leaf.git was not fetched`,
  );
  await expect(opening).rejects.toThrow("(HTTP 302)");
  const settings = `[url "${server.address}/leaf.git"]\ninsteadOf = ${redirectingAddress}/leaf.git\n`;
  writeFileSync(join(user, ".gitconfig"), settings);
  const source = await openGit(`${redirectingAddress}/moved.git`, wish);
  expect(existsSync(join(source.directory, "leaf", "file"))).toBe(true);
  source.remove();
});
