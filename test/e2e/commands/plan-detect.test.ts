import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDetection } from "../../../src/contract/detection.ts";
import type { Overview } from "../../../src/overview/overview.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { writeDescriptor } from "../frontend-steps.ts";
import { cnbDockerfile } from "../steps.ts";

const id = `com.example.plan-detect-${Date.now()}`;
let lab: Lab;
let work: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-plan-detect-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

/** A buildpack that has a script for each answer of detection. In: its own part of the descriptor. */
function makeApp(name: string, more: string): string {
  const directory = join(work, name);
  mkdirSync(directory);
  writeFileSync(join(directory, "unique.txt"), directory);
  writeFileSync(join(directory, "static.txt"), "static");
  describeProject(lab, directory, `${id}-${name}`, more);
  return directory;
}

const plan = (directory: string, words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  cnbDockerfile(directory, ["plan", "--detect", "--progress=plain", ...words], {
    ...lab.environment,
    ...env,
  });

const inline = (name: string, more = "") => `
[[io.buildpacks.group]]
id = "example/${name}"
[io.buildpacks.group.script]
api = "0.10"
inline = "true"
${more}`;

describe("`plan --detect`", () => {
  it("says which group passed on each platform, and the build's own detection stays as it was", async () => {
    const directory = makeApp("passes", inline("one"));
    const words = ["--progress=plain", `--output=type=oci,dest=${join(work, "passes.tar")}`];
    await runBuildOrThrow(lab, directory, words);
    const { stdout, stderr, exitCode } = await plan(directory, ["--json"]);
    expect(exitCode, stderr).toBe(0);
    const { detections = [] }: Overview = JSON.parse(stdout);
    expect(detections.map(({ platform }) => platform).sort()).toEqual(["linux/amd64", "linux/arm64"]);
    for (const { passed, buildpacks, tried, log } of detections) {
      expect(passed).toBe(true);
      expect(buildpacks).toEqual([{ id: "example/one", version: "0.0.0" }]);
      expect(tried).toEqual([[{ name: "example/one@0.0.0", result: "pass", reasons: [] }]]);
      expect(log).toContain("======== Results ========");
    }
    const log = await runBuildOrThrow(lab, directory, words);
    expect(log).toMatch(/detect \d+\/\d+\] RUN .*\n#\d+ CACHED/);
    expect(log).not.toContain("detection ");
  });

  it("says what each buildpack said where no group passes, and exits with 1", async () => {
    const group =
      '\n[[io.buildpacks.group]]\nid = "lab/node"\n\n[[io.buildpacks.group]]\nid = "lab/procfile"\n';
    const directory = makeApp("fails", group);
    const { stdout, stderr, exitCode } = await plan(directory, ["--platform=linux/amd64"]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/Tried group 1 on linux\/amd64\n {2}lab\/node@1\.2\.0 +fail\n/);
    expect(stdout).toMatch(/failed +the detector ended with exit code 20/);
    expect(stderr).toContain("[cli/nothing-detected]");
  });

  it("offers a declared secret by the variable of its name, and says which one is missing", async () => {
    const secrets = '\n[io.github.cnb-dockerfile]\nsecrets = ["LAB_TOKEN"]\n';
    const directory = makeApp("secret", `${inline("two")}${secrets}`);
    const platform = ["--platform=linux/amd64"];
    const missing = await plan(directory, platform);
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain("[cli/secret-not-offered]");
    const offered = await plan(directory, platform, { LAB_TOKEN: "value" });
    expect(offered.exitCode, offered.stderr).toBe(0);
    const file = join(work, "token");
    writeFileSync(file, "value");
    const named = await plan(directory, [...platform, `--secret=id=LAB_TOKEN,src=${file}`]);
    expect(named.exitCode, named.stderr).toBe(0);
  });

  it("is a target of plain buildx", async () => {
    const directory = makeApp("plain", inline("four"));
    writeDescriptor(lab, directory, `${id}-plain`, inline("four"));
    const destination = join(work, "plain-detected");
    const words = ["build", "--file=project.toml", "--target=detected", `--output=${destination}`, "."];
    await lab.buildx(words, { cwd: directory });
    const found = parseDetection(readFileSync(join(destination, "detection.json"), "utf8"));
    expect(found.group?.group).toEqual([{ id: "example/four", version: "0.0.0" }]);
  });

  it("is of the project where a Dockerfile lies, too, which build would take", async () => {
    const directory = join(work, "dockerfile");
    mkdirSync(directory);
    writeFileSync(join(directory, "Dockerfile"), "FROM scratch\n");
    writeFileSync(join(directory, "Procfile"), "web: cat Procfile\n");
    const { stdout, stderr, exitCode } = await plan(directory, [`--builder=${lab.images.builder}`]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("lab/procfile@2.0.1");
  });

  it("warns of an engine that nothing runs on", async () => {
    const directory = makeApp("engine", inline("three"));
    const words = ["plan", "--buildkit-host=unix:///nowhere.sock"];
    const { stderr, exitCode } = await cnbDockerfile(directory, words, lab.environment);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("[cli/flag-without-effect]");
  });
});
