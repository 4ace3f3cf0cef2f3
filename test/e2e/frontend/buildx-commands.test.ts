import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { readJson, runBuild } from "../build-steps.ts";
import { configOf, digestOf, writeDescriptor } from "../frontend-steps.ts";

const platform = "linux/amd64";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** Where the repository is served from. */
let served: string;
let http: GitServer;

const nameOf = (tag: string) => `${lab.registry}/e2e/buildx-commands:${tag}`;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  writeDescriptor(lab, app.directory, "com.example.buildx-commands");
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  served = mkdtempSync(join(tmpdir(), "cnb-dockerfile-served-"));
  const author = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
  for (const words of [
    ["init", "--quiet"],
    ["add", "."],
    ["commit", "--quiet", "--message=first"],
  ]) {
    await execa("git", [...author, ...words], { cwd: app.directory });
  }
  await execa("git", ["clone", "--quiet", "--bare", app.directory, join(served, "app.git")]);
  http = await serveGit(served);
});
afterAll(async () => {
  await http.close();
  for (const remove of [app.remove, () => rmSync(served, { recursive: true, force: true })]) remove();
  await lab.close();
});

it("`docker buildx replay` builds an image again from its provenance", async () => {
  const [first, again] = [nameOf("first"), nameOf("again")];
  const words = ["--file=project.toml", "--provenance=mode=max", `--tag=${first}`, "--push"];
  await lab.buildx(["build", ...words, `${http.address}/app.git`]);
  const env = { BUILDX_EXPERIMENTAL: "1" };
  await lab.buildx(["replay", "build", `--tag=${again}`, "--push", `docker-image://${first}`], { env });
  expect(await digestOf(lab, again, platform)).toBe(await digestOf(lab, first, platform));
  expect((await configOf(lab, again, platform)).config.Labels).toHaveProperty([
    "io.buildpacks.build.metadata",
  ]);
});

it("`docker buildx history` has the build's arguments and images", async () => {
  const metadata = join(served, "metadata.json");
  const words = ["--file=project.toml", "--build-arg=CNB_EXEC_ENV=test", `--metadata-file=${metadata}`];
  await lab.buildx(["build", ...words, "."], { cwd: app.directory });
  const { "buildx.build.ref": reference } = readJson<{ "buildx.build.ref": string }>(metadata);
  const { stdout } = await lab.buildx(["history", "inspect", reference.split("/").at(-1) ?? ""]);
  expect(stdout).toMatch(/CNB_EXEC_ENV\s+test/);
  expect(stdout).toContain("lab/builder@");
  expect(stdout).toContain("lab/run-base@");
});

describe("a policy beside project.toml", () => {
  const policy = (condition: string) => `package docker

default allow := false

allow if not input.image

allow if { ${condition} }

decision := {"allow": allow}
`;
  const write = (condition: string) =>
    writeFileSync(join(app.directory, "project.toml.rego"), policy(condition));
  afterAll(() => rmSync(join(app.directory, "project.toml.rego"), { force: true }));

  it("that allows the registry lets buildx build", async () => {
    write(`input.image.host == "${lab.registry}"`);
    const words = ["build", "--progress=plain", "--file=project.toml", `--tag=${nameOf("policy")}`, "."];
    const { stderr } = await lab.buildx(words, { cwd: app.directory });
    expect(stderr).toContain("loading policies project.toml.rego");
  });

  it("that allows no run image keeps plain buildx and `build` from it", async () => {
    write(`not endswith(input.image.repo, "run-base")`);
    const words = ["build", "--progress=plain", "--file=project.toml", "."];
    const plain = await lab.buildx(words, { cwd: app.directory, reject: false });
    const options = [
      "--engine=buildx",
      `--image=${inject("toolImage")}`,
      `--tag=${nameOf("policy")}`,
      "--push",
    ];
    const ours = await runBuild(lab, app.directory, options);
    for (const { exitCode, stderr } of [plain, ours]) {
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/run-base\S* not allowed by policy/);
    }
  });

  it("is not seen by buildctl, which a warning says", async () => {
    const words = ["--engine=buildkit", `--tag=${nameOf("policy")}`, "--push"];
    const { exitCode, stderr } = await runBuild(lab, app.directory, words);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("[engines/policy-not-checked]");
  });
});
