import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  exposed,
  filesWithSecret,
  newGitUser,
  ownDirectories,
  processesOf,
  program,
  readProcess,
  until,
  watchRun,
} from "../../../helpers/git-user.ts";
import { makeServedRepository } from "../../../helpers/served-repository.ts";
import { type GitServer, serveGit } from "../../../lab/git-server.ts";

const login = { name: "ci", password: "h0rse:b@ttery/st%ple" };
const encoded = encodeURIComponent(login.password);
/** Whatever of it could be seen. */
const secrets = [
  login.password,
  encoded,
  encoded.toLowerCase(),
  Buffer.from(`${login.name}:${login.password}`).toString("base64").replaceAll("=", ""),
  ...["h0rse", "st%ple", "b%40ttery"],
];
/** How long a fetch waits for its server. */
const answerMs = 800;

let place: string;
let server: GitServer;
let refusing: GitServer;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
  const served = await makeServedRepository(place, {
    // More than one read of a pipe.
    large: randomBytes(2 ** 20),
    "project.toml": "",
  });
  server = await serveGit(served, { login, answerMs });
  const refusal = `no entry for ${login.name}:${login.password}, ${encoded}, ${btoa(`${login.name}:${login.password}`)}`;
  refusing = await serveGit(served, { login: { name: "x", password: "y" }, refusal });
});
afterAll(async () => {
  await Promise.all([server.close(), refusing.close()]);
  rmSync(place, { recursive: true, force: true });
});

const urlOf = ({ address }: GitServer) => `${address.replace("//", `//${login.name}:${encoded}@`)}/app.git`;

const newUser = () => newGitUser(place, secrets);

describe("a password of a URL", () => {
  it("is in no file, and in no argument or environment of what is started, while it is used", async () => {
    const user = newUser();
    const { said, found, looks, sawHelper, ownArguments } = await watchRun(user, urlOf(server));
    expect(said).not.toMatch(/\[cli\/(?:git-failed|bad-git-url|no-git)\]/);
    expect(server.asked.some(({ authorization }) => authorization !== undefined)).toBe(true);
    expect(looks).toBeGreaterThan(10);
    expect(sawHelper).toBe(true);
    expect(found).toEqual([]);
    // The user's own words are covered, too, as soon as they are read.
    expect(secrets.filter((secret) => ownArguments.includes(secret))).toEqual([]);
    // Compiled code of ours is kept there.
    const names = readdirSync(user.home).filter((name) => name !== ".cache");
    expect(names.sort()).toEqual([".gitconfig", "elsewhere", "tmp"]);
    expect(ownDirectories(user)).toEqual([]);
  });

  it("is in no message, whatever a server says of it", async () => {
    const user = newUser();
    const { said, found } = await watchRun(user, urlOf(refusing));
    expect(said).toContain("[cli/git-failed]");
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(found).toEqual([]);
  });
});

it("a password that no URL has is asked for at the terminal", async () => {
  const user = newUser();
  const command = [process.execPath, "--", program, "build", "--dry-run", "--engine=buildkit"].join(" ");
  // script(1) makes a terminal.
  const child = spawn("script", ["-qec", `${command} --git ${server.address}/app.git`, "/dev/null"], {
    cwd: join(user.home, "elsewhere"),
    env: { ...user.environment, SHELL: "/bin/sh" },
  });
  let said = "";
  const answers = new Map([
    ["Username for", login.name],
    ["Password for", login.password],
  ]);
  child.stdout.on("data", (piece) => {
    said += piece;
    for (const [question, answer] of answers) {
      if (!said.includes(question)) continue;
      answers.delete(question);
      child.stdin.write(`${answer}\n`);
    }
  });
  await once(child, "close");
  expect([...answers.keys()]).toEqual([]);
  expect(said).not.toContain("[cli/git-failed]");
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
});

/** Ten moments of a fetch: from before git is started to the last bytes. */
const moments = Array.from({ length: 10 }, (_, index) => index);

// Side by side, as both mostly wait for the server.
it.concurrent.each(["SIGKILL", "SIGINT"] as const)(
  "%s at ten moments of a fetch leaves no process, no directory and no password after the next run",
  async (signal) => {
    const user = newUser();
    const seen: string[] = [];
    for (const moment of moments) {
      const child = user.start(urlOf(server));
      const ended = once(child, "close");
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (piece) => (said += piece));
      // The program itself takes some time until git is there; then the server does.
      if (moment === 0) await pause(50);
      else {
        await until(() => processesOf(user).some((pid) => readProcess(pid, "cmdline").includes("\0fetch\0")));
        await pause(((moment - 1) * 2 * answerMs) / moments.length);
      }
      expect(exposed(user, child.pid)).toEqual([]);
      const running = processesOf(user).length;
      // kill -9 meets the program alone, Ctrl-C the whole group.
      process.kill(signal === "SIGINT" ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
      const killedAt = Date.now();
      const [exitCode, by] = await ended;
      await until(() => processesOf(user).length === 0);
      seen.push(
        `moment ${moment}: ${running} processes; ended by ${by ?? exitCode}, all gone after ${Date.now() - killedAt} ms; ` +
          `left: ${ownDirectories(user).length} directories`,
      );
      expect(filesWithSecret(user)).toEqual([]);
      if (signal === "SIGINT" && moment > 0) {
        expect({ exitCode, said, left: ownDirectories(user) }).toEqual({ exitCode: 130, said: "", left: [] });
      }
    }
    await watchRun(user, urlOf(server));
    console.log(`${signal}\n  ${seen.join("\n  ")}\n  after the next run: ${ownDirectories(user).length}`);
    expect(ownDirectories(user)).toEqual([]);
    expect(processesOf(user)).toEqual([]);
    expect(filesWithSecret(user)).toEqual([]);
  },
);
