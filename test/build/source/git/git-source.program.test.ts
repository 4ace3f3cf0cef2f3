import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
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
import { workplace } from "../../../helpers/program.ts";
import { type GitServer, serveGit } from "../../../lab/git-server.ts";

let place: string;
let server: GitServer;
let commit: string;
let reported: Diagnostic[] = [];
const wish: GitWish = {
  ...{ keepsGitDirectory: false, allowsLocal: false, wantsSubmodules: false },
  ...{ limits: usualLimits, report: (diagnostic) => reported.push(diagnostic) },
  surroundings: gitSurroundings,
};

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
  const app = join(place, "app");
  mkdirSync(join(app, "web"), { recursive: true });
  writeFileSync(join(app, "web", "index.js"), "1\n");
  writeFileSync(join(app, "big.bin"), "as committed\n");
  writeFileSync(join(app, ".gitattributes"), "*.bin filter=mine\n");
  const git = async (...words: string[]) => {
    const author = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    return (await execa("git", [...author, ...words], { cwd: app })).stdout;
  };
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=first");
  await git("tag", "--annotate", "--message=x", "v1");
  commit = await git("rev-parse", "HEAD");
  writeFileSync(join(app, "later.txt"), "later");
  writeFileSync(join(app, "web", ".gitattributes"), "*.psd filter=lfs diff=lfs -text\n");
  await git("add", ".");
  await git("commit", "--quiet", "--message=second");
  mkdirSync(join(place, "served"));
  await git("clone", "--quiet", "--bare", ".", join(place, "served", "app.git"));
  server = await serveGit(join(place, "served"));
});
afterAll(async () => {
  await server.close();
  rmSync(place, { recursive: true, force: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  reported = [];
});

/** Makes a program whose run can be seen. Out: its path, and whether it ran. */
function witness(name: string): { readonly program: string; readonly hasRun: () => boolean } {
  const directory = temporaryDirectory();
  const [program, trace] = [join(directory, name), join(directory, "ran")];
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >>"${trace}"\nexit 1\n`);
  chmodSync(program, 0o755);
  return { program, hasRun: () => existsSync(trace) };
}

/** Makes the user's own configuration of git. */
function configure(...settings: readonly string[]): void {
  const home = temporaryDirectory();
  writeFileSync(join(home, ".gitconfig"), settings.map((line) => `${line}\n`).join(""));
  vi.stubEnv("HOME", home);
}

describe("a state is fetched", () => {
  it.each([
    ["a tag", () => "#v1", true],
    ["a branch", () => "#main", false],
    ["a ref's whole name", () => "#refs/tags/v1", true],
    ["a commit", () => `#${commit}`, true],
    ["the beginning of a commit", () => `#${commit.slice(0, 12)}`, true],
    ["nothing", () => "", false],
    ["what the repository points at", () => "#HEAD", false],
  ])("by %s", async (_, rest, isFirst) => {
    const source = await openGit(`${server.address}/app.git${rest()}`, wish);
    expect(existsSync(join(source.directory, "later.txt"))).toBe(!isFirst);
    expect(source.revision?.commit === commit).toBe(isFirst);
    expect(source.revision?.remote).toBe(`${server.address}/app.git`);
    source.remove();
    expect(existsSync(source.directory)).toBe(false);
  });

  it("with its repository where that is asked for, which names what was asked", async () => {
    const source = await openGit(`${server.address}/app.git`, { ...wish, keepsGitDirectory: true });
    const words = ["-C", source.directory, "remote", "get-url", "origin"];
    expect((await execa("git", words)).stdout).toBe(`${server.address}/app.git`);
    expect((await execa("git", ["-C", source.directory, "for-each-ref"])).stdout).toBe("");
    source.remove();
  });
});

describe("nothing of a user's programs runs on what a repository holds", () => {
  it("no filter that the tree names", async () => {
    const { program, hasRun } = witness("filter");
    configure('[filter "mine"]', `smudge = ${program}`, `process = ${program}`, "required = true");
    const source = await openGit(`${server.address}/app.git`, wish);
    expect(readFileSync(join(source.directory, "big.bin"), "utf8")).toBe("as committed\n");
    expect(hasRun()).toBe(false);
    source.remove();
  });

  it("and files that one would have brought are no secret", async () => {
    (await openGit(`${server.address}/app.git#v1`, wish)).remove();
    expect(reported).toEqual([]);
    (await openGit(`${server.address}/app.git#main`, wish)).remove();
    expect(reported).toMatchObject([{ code: "cli/git-large-files", severity: "warning" }]);
  });

  it.each(["post-checkout", "reference-transaction", "post-index-change"])("no hook %s", async (name) => {
    const { program, hasRun } = witness(name);
    const template = temporaryDirectory();
    mkdirSync(join(template, "hooks"));
    writeFileSync(join(template, "hooks", name), readFileSync(program), { mode: 0o755 });
    configure("[core]", `hooksPath = ${join(program, "..")}`, `fsmonitor = ${program}`);
    vi.stubEnv("GIT_TEMPLATE_DIR", template);
    const source = await openGit(`${server.address}/app.git`, { ...wish, keepsGitDirectory: true });
    expect(hasRun()).toBe(false);
    expect(readdirSync(join(source.directory, ".git"))).not.toContain("hooks");
    source.remove();
  });

  it("what his git may not use stays unused", async () => {
    configure('[protocol "http"]', "allow = never");
    await expect(openGit(`${server.address}/app.git`, wish)).rejects.toThrow("cli/git-failed");
  });

  it("a repository around the temporary directory, or one whose hook calls us, decides nothing", async () => {
    const { program, hasRun } = witness("helper");
    const around = temporaryDirectory();
    await execa("git", ["init", "--quiet", around]);
    const config = `[protocol]\nallow = never\n[credential]\nhelper = ${program}\n[core]\nfsmonitor = ${program}\n`;
    writeFileSync(join(around, ".git", "config"), config, { flag: "a" });
    vi.stubEnv("TMPDIR", around);
    for (const name of ["GIT_DIR", "GIT_COMMON_DIR"]) vi.stubEnv(name, join(around, ".git"));
    vi.stubEnv("GIT_WORK_TREE", around);
    vi.stubEnv("GIT_INDEX_FILE", join(around, ".git", "index"));
    const source = await openGit(`${server.address}/app.git#v1`, wish);
    expect(existsSync(join(source.directory, "big.bin"))).toBe(true);
    source.remove();
    expect({ ran: hasRun(), index: existsSync(join(around, ".git", "index")) }).toEqual({
      ran: false,
      index: false,
    });
  });

  it("his own ssh is called", async () => {
    const { program, hasRun } = witness("ssh");
    configure("[core]", `sshCommand = ${program}`);
    await expect(openGit("ssh://git@127.0.0.1:1/app.git", wish)).rejects.toThrow("cli/git-failed");
    expect(hasRun()).toBe(true);
  });
});

describe("a repository on this machine", () => {
  it.each(["file://", ""])("is fetched where that is allowed: %s", async (prefix) => {
    const text = `${prefix}${join(place, "app")}#v1:web`;
    await expect(openGit(text, wish)).rejects.toThrow("cli/local-git-url");
    const source = await openGit(text, { ...wish, allowsLocal: true });
    expect(readdirSync(source.directory)).toEqual(["index.js"]);
    source.remove();
  });
});

describe("no argument becomes a command", () => {
  const forms: readonly (readonly [string, (command: string) => string])[] = [
    ["a ref", (command) => `file://${place}/app#--upload-pack=${command}`],
    ["a ref of a query", (command) => `file://${place}/app?ref=--upload-pack=${encodeURIComponent(command)}`],
    ["a ref of a URL over http", (command) => `http://127.0.0.1:1/a.git#--upload-pack=${command}`],
    ["a directory", (command) => `file://${place}/app#main:--upload-pack=${command}`],
    ["a whole URL", (command) => `--upload-pack=${command}`],
    ["a helper", (command) => `ext::sh -c ${command}`],
    ["a helper without a space", (command) => `ext::${command.replace(" ", "% ")}`],
    ["a host of ssh", (command) => `ssh://-oProxyCommand=${command}/a`],
    ["a host of ssh, encoded", (command) => `ssh://%2DoProxyCommand=${encodeURIComponent(command)}/a`],
    ["a user of ssh", (command) => `-oProxyCommand=${command}@127.0.0.1:a`],
  ];

  it.each(forms)("by %s", async (_, form) => {
    const { directory, run } = await workplace({ "project.toml": "" });
    const ran = join(directory, "ran");
    for (const flags of [["--dry-run"], [], ["--allow-local-git"]]) {
      // git lets a user write ext:: himself, if it is not said otherwise.
      const env = {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "protocol.ext.allow",
        GIT_CONFIG_VALUE_0: "always",
      };
      const { exitCode, stderr } = await run(["build", ...flags, `--git=${form(`touch ${ran};false`)}`], {
        env,
      });
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/\[cli\/(?:bad|local)-git-url\]/),
      });
      expect(existsSync(ran)).toBe(false);
    }
  });
});
