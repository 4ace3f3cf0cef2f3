import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { makeSupplyChainImages } from "../../lab/supply-chain-images.ts";
import { makeDatabase } from "../../lab/vulnerability-database.ts";
import { copySampleApp } from "../../workspace.ts";
import { describeProject } from "../build-steps.ts";
import { digestOf } from "../frontend-steps.ts";
import { type SshAgent, startSshAgent } from "../ssh-agent.ts";

/** What the README says to those who come from another tool: its own words, with names that exist here. */
const rows = readRows();
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let work: string;
let git: GitServer;
let agent: SshAgent;
/** Where Syft, Grype and a database are here. */
let scanner: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  describeProject(lab, app.directory, "com.example.other-tools");
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-other-"));
  const run = (...words: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd: app.directory });
  await run("init", "--quiet");
  await run("add", ".");
  await run("commit", "--quiet", "--message=app");
  await run("clone", "--quiet", "--bare", ".", join(work, "app.git"));
  git = await serveGit(work);
  agent = await startSshAgent();
  const { syft, grype } = await makeSupplyChainImages(lab);
  mkdirSync(join(work, "database"));
  await makeDatabase(join(work, "database"), [
    {
      id: "CVE-2026-1",
      severity: "low",
      ecosystem: "deb",
      package: "bash",
      release: "12",
      constraint: "",
      fixedIn: "",
    },
  ]);
  scanner = `--syft-image ${syft} --grype-image ${grype} --vulnerability-db ${join(work, "database")}`;
  // The command by its name, as an installed package has it.
  mkdirSync(join(work, "bin"));
  const program = join(import.meta.dirname, "../../../dist/main.js");
  writeFileSync(
    join(work, "bin", "cnb-dockerfile"),
    `#!/bin/sh\nexec '${process.execPath}' -- '${program}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
});
afterAll(async () => {
  await git.close();
  agent.close();
  app.remove();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

function readRows(): ReadonlyMap<string, string> {
  const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
  const [, section = ""] = /## Coming from another tool\n([\s\S]*?)\n## /.exec(readme) ?? [];
  return new Map(
    section.split("\n").flatMap((line) => {
      const [, what, command] = /^\| (.*?) \| `(.*?)`.* \|$/.exec(line) ?? [];
      return what === undefined || command === undefined ? [] : [[what, command] as const];
    }),
  );
}

/** Runs a row's command in the app's directory. */
async function run(what: string): Promise<void> {
  const command = rows.get(what);
  if (command === undefined) throw new Error(`README.md has no row "${what}"`);
  const here = command
    .replace("tcp://buildkit.example:1234", lab.buildkitHost)
    .replace("https://git.example", git.address)
    .replace("--artifacts artifacts", `$& ${scanner}`)
    .replaceAll("registry.example/", `${lab.registry}/e2e/other-tools/`);
  await execa("sh", ["-ec", here], {
    cwd: app.directory,
    env: {
      ...lab.environment,
      PATH: `${join(work, "bin")}:${lab.environment.PATH}`,
      // What a generated file names; builds take the package's.
      CNB_DOCKERFILE_IMAGE: here.includes("generate") ? inject("toolImage") : "",
      SSH_AUTH_SOCK: agent.socket,
      XDG_DATA_HOME: join(work, "data"),
    },
    stdin: "ignore",
  });
}

describe("the README's command for those who come from another tool", () => {
  it("has seven rows", () => expect(rows.size).toBe(7));

  it("pushes a repository's app", async () => {
    await run("buildctl with a git URL, then Syft and Grype");
    expect(existsSync(join(app.directory, "artifacts", "sbom.json"))).toBe(true);
    expect(existsSync(join(app.directory, "artifacts", "vuln.json"))).toBe(true);
    rmSync(join(app.directory, "artifacts"), { recursive: true });
    expect(await digestOf(lab, `${lab.registry}/e2e/other-tools/app:git`)).toMatch(/^sha256:/);
  });

  it("makes the images of a Dockerfile with phases", async () => {
    await run("a Dockerfile that runs the lifecycle, and `docker manifest`");
    const name = `${lab.registry}/e2e/other-tools/app:phases`;
    for (const platform of ["linux/amd64", "linux/arm64"])
      expect(await digestOf(lab, name, platform)).toMatch(/^sha256:/);
    rmSync(join(app.directory, "Dockerfile"));
  });

  // The rows of pack, Spring Boot and kaniko are run by pack-flags, archives and container.test.ts.

  it("keeps BuildKit's cache in a directory", async () => {
    await run("buildctl with cache directories and containerd");
    expect(existsSync(join(app.directory, ".cache", "index.json"))).toBe(true);
    // Where BuildKit works with a containerd, it is there: build-remote.test.ts.
    expect(existsSync(join(app.directory, "app.oci.tar"))).toBe(true);
  });

  it("builds without root's daemons, and takes out the cache and files", async () => {
    await run("Source-to-Image (s2i), which needs a daemon");
    expect(existsSync(join(app.directory, ".cnb-cache", "index.json"))).toBe(true);
    expect(existsSync(join(app.directory, "out", "layers", "config", "metadata.toml"))).toBe(true);
  });
});
