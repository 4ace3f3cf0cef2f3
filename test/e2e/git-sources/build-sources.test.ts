import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { absent } from "../../helpers/absent.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { type SshServer, serveGitBySsh } from "../../lab/ssh-server.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { archivedImages, lastLine, readArchive, runBuild, runBuildOrThrow } from "../build-steps.ts";
import { type SshAgent, startSshAgent } from "../ssh-agent.ts";

const both = "--platform=linux/amd64,linux/arm64";
const plain = "--progress=plain";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** Where repositories are served from. */
let served: string;
/** Where builds are started: nothing of the source is there. */
let elsewhere: string;
let http: GitServer;
let files: FileServer;
let ssh: SshServer;
let agent: SshAgent;
/** For git over ssh: the agent that has the key, and a host nobody knows yet. */
let sshVariables: Readonly<Record<string, string>>;
let commit: string;
/** Manifest digests of the same source, built from its directory. */
let digests: Readonly<Record<string, string>>;

const git = async (...words: string[]) => {
  const author = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  return (
    await execa("git", [...author, ...words], { cwd: join(app.directory, "..", "shop") })
  ).stdout.trim();
};

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  const shop = join(app.directory, "..", "shop");
  mkdirSync(join(shop, "apps"), { recursive: true });
  await execa("cp", ["-r", app.directory, join(shop, "apps", "cart")]);
  writeFileSync(
    join(shop, "apps", "cart", "project.toml"),
    `[_]\nschema-version = "0.2"\n\n[io.buildpacks]\nbuilder = "${lab.images.builder}"\n`,
  );
  writeFileSync(join(shop, "apps", "cart", "first.txt"), String(Date.now()));
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=first");
  await git("tag", "v1");
  commit = await git("rev-parse", "HEAD");
  writeFileSync(join(shop, "later.txt"), "later");
  await git("add", ".");
  await git("commit", "--quiet", "--message=second");
  served = mkdtempSync(join(tmpdir(), "cnb-dockerfile-served-"));
  elsewhere = mkdtempSync(join(tmpdir(), "cnb-dockerfile-elsewhere-"));
  await git("clone", "--quiet", "--bare", ".", join(served, "shop.git"));
  http = await serveGit(served);
  files = await serveFiles(served);
  agent = await startSshAgent();
  ssh = await serveGitBySsh(served, agent.publicKey);
  sshVariables = {
    SSH_AUTH_SOCK: agent.socket,
    GIT_SSH_COMMAND: "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null",
  };
  await runBuildOrThrow(lab, elsewhere, [
    both,
    plain,
    "-o",
    "type=oci,dest=local.tar",
    join(shop, "apps", "cart"),
  ]);
  ({ digests } = await archivedImages(join(elsewhere, "local.tar")));
});
afterAll(async () => {
  agent.close();
  await Promise.all([http.close(), ssh.close(), files.close()]);
  app.remove();
  for (const directory of [served, elsewhere]) rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

/** Ways to name a state of the repository. */
const states: readonly (readonly [string, () => string])[] = [
  ["a tag and a directory", () => "#v1:apps/cart"],
  ["a commit", () => `#${commit}:apps/cart`],
  ["the beginning of a commit", () => `#${commit.slice(0, 10)}:apps/cart`],
  ["a branch", () => "#main:apps/cart"],
  ["a query", () => "?branch=main&subdir=apps/cart"],
  ["nothing but a directory", () => "#:apps/cart"],
];

describe.each([
  ["http", () => http.address, () => ({}), states],
  // What comes after the server is the same.
  ["ssh and an agent", () => ssh.address, () => sshVariables, states.slice(0, 2)],
] as const)("a repository over %s", (_, address, variables, asked) => {
  const url = (rest: string) => `${address()}/shop.git${rest}`;

  it.each(asked)("is built at %s, to the images that a clone would make", async (_, rest) => {
    const log = await runBuildOrThrow(lab, elsewhere, [both, plain, "-g", url(rest())], variables());
    // The directory gives the name.
    expect(lastLine(log)).toMatch(/^Written: cart\.oci\.tar /);
    const images = await archivedImages(join(elsewhere, "cart.oci.tar"));
    expect(images.digests).toEqual(digests);
    expect(images.annotations).toMatchObject({
      "org.opencontainers.image.source": url(""),
      "org.opencontainers.image.revision": rest().includes("v1")
        ? commit
        : expect.stringMatching(/^[0-9a-f]{40}$/),
      "org.opencontainers.image.created": expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  it("is the same by buildx, whose cache knows the app by its repository", async () => {
    const words = ["--engine=buildx", both, plain, "-g", url("#v1:apps/cart")];
    const log = await runBuildOrThrow(lab, elsewhere, words, variables());
    expect((await archivedImages(join(elsewhere, "cart.oci.tar"))).digests).toEqual(digests);
    expect(log).not.toContain("cache-id-unknown");
  });

  it("without a directory gives the image its own name", async () => {
    const words = [
      "--platform=linux/amd64",
      plain,
      "-B",
      lab.images.builder,
      "-f",
      "apps/cart/project.toml",
      "--dry-run",
    ];
    const { stdout, exitCode } = await runBuild(lab, elsewhere, [...words, "-g", url("")], variables());
    expect(exitCode).toBe(0);
    expect(stdout).toContain("dest=shop.oci.tar");
  });
});

it("the commit is in the label of pack's when that is asked for", async () => {
  const url = `${http.address}/shop.git`;
  const words = ["--platform=linux/amd64", plain, "--git-metadata", "-g", `${url}#v1:apps/cart`];
  await runBuildOrThrow(lab, elsewhere, words);
  const archive = join(elsewhere, "cart.oci.tar");
  const [{ Config: config } = { Config: "" }] = await readArchive<{ Config: string }[]>(
    archive,
    "manifest.json",
  );
  const image = await readArchive<{ config: { Labels: Record<string, string> } }>(archive, config);
  expect(JSON.parse(image.config.Labels["io.buildpacks.project.metadata"] ?? "")).toEqual({
    source: { type: "git", version: { commit }, metadata: { refs: ["v1"], url } },
  });
  const { exitCode, stderr } = await runBuild(lab, join(app.directory, "..", "shop", "apps", "cart"), [
    "--git-metadata",
    ".",
  ]);
  expect({ exitCode, says: stderr.includes("[cli/no-revision]") }).toEqual({ exitCode: 1, says: true });
});

describe("an archive", () => {
  beforeAll(async () => {
    const cart = join(app.directory, "..", "shop", "apps", "cart");
    await execa("tar", ["-czf", join(served, "cart.tgz"), "-C", cart, "."]);
    await execa("tar", ["-cf", join(served, "cart.tar"), "-C", cart, "."]);
    writeFileSync(join(served, "cut.tgz"), (await readFile(join(served, "cart.tgz"))).subarray(0, 300));
  });

  it.each(["cart.tgz", "cart.tar"])(
    "%s is fetched and built, to the images that a clone would make",
    async (name) => {
      const log = await runBuildOrThrow(lab, elsewhere, [both, plain, `${files.address}/${name}`]);
      expect(lastLine(log)).toMatch(/^Written: cart\.oci\.tar /);
      expect((await archivedImages(join(elsewhere, "cart.oci.tar"))).digests).toEqual(digests);
    },
  );

  it("is read from standard input", async () => {
    const program = join(import.meta.dirname, "../../../dist/main.js");
    await execa(process.execPath, [program, "build", both, plain, "-o", "type=oci,dest=stdin.tar", "-"], {
      cwd: elsewhere,
      env: { ...lab.environment, CNB_DOCKERFILE_IMAGE: "" },
      inputFile: join(served, "cart.tgz"),
    });
    expect((await archivedImages(join(elsewhere, "stdin.tar"))).digests).toEqual(digests);
  });

  it("that is cut off is an error", async () => {
    const { exitCode, stderr } = await runBuild(lab, elsewhere, [`${files.address}/cut.tgz`]);
    expect({ exitCode, says: stderr.includes("[cli/bad-archive]") }, stderr).toEqual({
      exitCode: 1,
      says: true,
    });
  });
});

describe("what git cannot fetch is an error that names it", () => {
  it.each([
    ["no such repository", () => `${http.address}/missing.git`, "cli/git-failed"],
    ["no such branch", () => `${http.address}/shop.git#missing`, "cli/no-git-ref"],
    ["no such directory", () => `${http.address}/shop.git#main:missing`, "cli/no-git-directory"],
    ["a key that the server does not know", () => `${ssh.address}/shop.git`, "cli/git-failed"],
  ])("%s", async (_, url, code) => {
    const env = { SSH_AUTH_SOCK: absent, GIT_SSH_COMMAND: sshVariables.GIT_SSH_COMMAND ?? "" };
    const { exitCode, stderr } = await runBuild(lab, elsewhere, ["-g", url()], env);
    expect({ exitCode, says: stderr.includes(`[${code}]`) }, stderr).toEqual({ exitCode: 1, says: true });
  });
});
