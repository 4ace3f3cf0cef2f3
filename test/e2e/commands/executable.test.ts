import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { version } from "../../../src/version.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { pluginTools } from "../../lab/tool-list.ts";
import { makeTools } from "../../lab/tools.ts";
import { copySampleApp } from "../../workspace.ts";
import { archivedImages, describeProject, runBuildOrThrow } from "../build-steps.ts";

const root = join(import.meta.dirname, "../../..");
let lab: Lab;
let work: string;
let app: ReturnType<typeof copySampleApp>;
let program: string;
let variables: Record<string, string>;

beforeAll(async () => {
  lab = await startLab();
  await makeTools(pluginTools);
  work = mkdtempSync(join(tmpdir(), "cnb-executable-"));
  await execa("node", ["tasks.mjs", "executable"], { cwd: root });
  program = join(work, "cnb-dockerfile");
  copyFileSync(join(root, "dist", "executables", "cnb-dockerfile-linux-amd64"), program);
  chmodSync(program, 0o755);
  app = copySampleApp("procfile");
  describeProject(lab, app.directory, "com.example.executable");
  mkdirSync(join(work, "home"));
  variables = {
    ...lab.environment,
    HOME: join(work, "home"),
    XDG_CACHE_HOME: join(work, "home", ".cache"),
    CNB_DOCKERFILE_IMAGE: "",
    CNB_DOCKERFILE_NODE_IMAGE: lab.images.node,
  };
});
afterAll(async () => {
  app.remove();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

function run(words: readonly string[], file = program) {
  return execa(file, words, { cwd: app.directory, env: variables, extendEnv: false, stdin: "ignore" });
}

describe("the single executable", () => {
  it("runs without Node.js and without the package's files", async () => {
    const { stdout } = await run(["--version"]);
    expect(stdout).toBe(version);
    const times: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const begin = performance.now();
      await run(["--version"]);
      times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    const megabytes = (statSync(program).size / 1e6).toFixed(0);
    console.log(
      `the executable has ${megabytes} MB and starts in ${times[10]?.toFixed(0)} ms (median of 20)`,
    );
  });

  it("builds with the helper image that it makes of its own parts, the same image as the package", async () => {
    const output = (name: string) => ["--output", `type=oci,dest=${join(work, name)}`];
    const words = ["build", "--engine=buildkit", "--progress=plain", "--platform=linux/amd64"];
    const { stderr } = await run([...words, ...output("own.tar"), "."]);
    expect(stderr).toContain("Building the helper image");
    await runBuildOrThrow(lab, app.directory, [...words.slice(1), ...output("package.tar"), "."]);
    const { digests } = await archivedImages(join(work, "own.tar"));
    expect(digests).toEqual((await archivedImages(join(work, "package.tar"))).digests);
    const again = await run([...words, ...output("own.tar"), "."]);
    expect(again.stderr).not.toContain("Building the helper image");
    expect(readdirSync(join(work, "home", ".cache", "cnb-dockerfile", "helper-images"))).toHaveLength(1);
  });

  it("writes Dockerfiles that need no helper image", async () => {
    const { stdout } = await run(["generate", "--self-contained", "--node-image", lab.images.node]);
    expect(stdout).toMatch(/^# Made by cnb-dockerfile /);
    expect(stdout).toContain(" AS export");
  });
});

it("is a plugin of docker's command line", async () => {
  const config = join(work, "docker");
  mkdirSync(join(config, "cli-plugins"), { recursive: true });
  cpSync(program, join(config, "cli-plugins", "docker-cnb"));
  writeFileSync(join(config, "config.json"), "{}");
  const docker = (words: readonly string[]) =>
    run(["--config", config, ...words], join(root, ".lab", "bin", "docker-cli"));
  expect((await docker(["--help"])).stdout).toMatch(/^ +cnb\* +Build Cloud Native Buildpacks apps/m);
  const words = ["cnb", "build", "--engine=buildkit", "--platform=linux/amd64", "--target=detect"];
  const { stderr } = await docker([...words, "--output=type=cacheonly", "--progress=plain", "."]);
  expect(stderr).toContain("[detect ");
});
