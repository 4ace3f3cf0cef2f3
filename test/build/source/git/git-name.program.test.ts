import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GitUser, newGitUser, ownDirectories, program, watchRun } from "../../../helpers/git-user.ts";
import { makeServedRepository } from "../../../helpers/served-repository.ts";
import { type GitServer, serveGit } from "../../../lab/git-server.ts";

const token = "glpat-h0rse+battery";
const secrets = [
  token,
  encodeURIComponent(token),
  Buffer.from(`${token}:`).toString("base64").replaceAll("=", ""),
  "h0rse",
];
const alice = { name: "alice", password: "her-password" };

let place: string;
/** Takes a token as the name, as forges do. */
let forge: GitServer;
/** Takes a name and its password. */
let server: GitServer;
let refusing: GitServer;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-test-"));
  const served = await makeServedRepository(place, { "project.toml": "" });
  // Long enough for looks at what runs.
  forge = await serveGit(served, { login: { name: token, password: "" }, answerMs: 400 });
  server = await serveGit(served, { login: alice });
  const refusal = `no entry for ${token}, ${encodeURIComponent(token)}, ${btoa(`${token}:`)}`;
  refusing = await serveGit(served, { login: { name: "x", password: "y" }, refusal });
});
afterAll(async () => {
  await Promise.all([forge, server, refusing].map((one) => one.close()));
  rmSync(place, { recursive: true, force: true });
});

const urlOf = ({ address }: GitServer, name: string) =>
  `${address.replace("//", `//${encodeURIComponent(name)}@`)}/app.git`;
const keptLogin = ({ address }: GitServer, password: string) =>
  `${address.replace("//", `//${alice.name}:${password}@`)}\n`;
const storeOf = ({ home }: GitUser) => join(home, ".git-credentials");
const noFault = /\[cli\/(?:git-failed|bad-git-url|no-git)\]/;

/** A program that answers git's questions, and notes them. */
function askpass({ home }: GitUser, answer: string): { program: string; asked: () => string } {
  const [file, notes] = [join(home, "askpass"), join(home, "asked")];
  writeFileSync(file, `#!/bin/sh\necho "$*" >>${notes}\necho ${answer}\nsleep 0.2\n`);
  chmodSync(file, 0o755);
  return { program: file, asked: () => (existsSync(notes) ? readFileSync(notes, "utf8") : "") };
}

describe("a token as the only name", () => {
  it("logs in, and is in no file, and in no argument or environment of what is started", async () => {
    const user = newGitUser(place, secrets);
    const { said, found, looks, sawHelper, ownArguments } = await watchRun(user, urlOf(forge, token));
    expect(said).not.toMatch(noFault);
    expect(forge.asked.some(({ authorization }) => authorization !== undefined)).toBe(true);
    expect({ found, sawHelper }).toEqual({ found: [], sawHelper: true });
    expect(looks).toBeGreaterThan(10);
    expect(secrets.filter((secret) => ownArguments.includes(secret))).toEqual([]);
    expect(existsSync(storeOf(user))).toBe(false);
    expect(ownDirectories(user)).toEqual([]);
  });

  it("is in no question that a program gets", async () => {
    const user = newGitUser(place, secrets);
    const { program: file, asked } = askpass(user, "''");
    user.environment.GIT_ASKPASS = file;
    const { said, found } = await watchRun(user, urlOf(forge, token));
    expect(said).not.toMatch(noFault);
    expect(asked()).toBe(`Password for '${forge.address}': \n`);
    expect(found).toEqual([]);
  });

  it("is in no message, whatever a server says of it", async () => {
    const user = newGitUser(place, secrets);
    const { said, found } = await watchRun(user, urlOf(refusing, token));
    expect(said).toContain("[cli/git-failed]");
    expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
    expect(found).toEqual([]);
  });
});

describe("an ordinary name has its password", () => {
  it("from a helper of the user's", async () => {
    const user = newGitUser(place, []);
    writeFileSync(
      storeOf(user),
      `${keptLogin(server, "x").replace("alice", "bob")}${keptLogin(server, alice.password)}`,
    );
    const { said } = await watchRun(user, urlOf(server, alice.name));
    expect(said).not.toMatch(noFault);
  });

  it("from a helper for the repository alone", async () => {
    const user = newGitUser(place, []);
    const answer = `!f() { echo password=${alice.password}; }; f`;
    writeFileSync(
      join(user.home, ".gitconfig"),
      `[credential "${server.address.replace("//", "//alice@")}/app.git"]\nhelper = "${answer}"\n`,
    );
    const { said } = await watchRun(user, urlOf(server, alice.name));
    expect(said).not.toMatch(noFault);
  });

  it("from a program that answers questions, and a helper keeps it", async () => {
    const user = newGitUser(place, []);
    const { program: file, asked } = askpass(user, alice.password);
    user.environment.SSH_ASKPASS = file;
    const { said } = await watchRun(user, urlOf(server, alice.name));
    expect(said).not.toMatch(noFault);
    expect(asked()).toBe(`Password for '${server.address.replace("//", "//alice@")}': \n`);
    expect(readFileSync(storeOf(user), "latin1")).toBe(
      keptLogin(server, alice.password).replace(/:(\d+)\n/, "%3a$1\n"),
    );
  });

  it("and a helper forgets one that is wrong", async () => {
    const user = newGitUser(place, []);
    writeFileSync(storeOf(user), keptLogin(server, "wrong"));
    const { said } = await watchRun(user, urlOf(server, alice.name));
    expect(said).toContain("[cli/git-failed]");
    expect(readFileSync(storeOf(user), "utf8")).toBe("");
  });

  it("from the terminal, and a helper keeps it", async () => {
    const user = newGitUser(place, []);
    const command = [process.execPath, "--", program, "build", "--dry-run", "--engine=buildkit"].join(" ");
    // script(1) makes a terminal.
    const child = spawn("script", ["-qec", `${command} --git ${urlOf(server, alice.name)}`, "/dev/null"], {
      cwd: join(user.home, "elsewhere"),
      env: { ...user.environment, SHELL: "/bin/sh" },
    });
    let said = "";
    let isAnswered = false;
    child.stdout.on("data", (piece) => {
      said += piece;
      if (isAnswered || !said.includes("Password for ")) return;
      isAnswered = true;
      child.stdin.write(`${alice.password}\n`);
    });
    await once(child, "close");
    expect(isAnswered).toBe(true);
    expect(said).toContain("Password for 'http://alice@");
    expect(said).not.toMatch(noFault);
    expect(said).not.toContain(alice.password);
    expect(readFileSync(storeOf(user), "utf8")).toContain(`alice:${alice.password}@`);
  });
});
