import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { runBuild } from "../build-steps.ts";
import { digestOf, oddGroup, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { cnbDockerfile, layerDigests } from "../steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let emulating: SecondBuildkit;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("static-slices");
  writeDescriptor(lab, app.directory, "com.example.self-emulated", oddGroup);
  emulating = await startSecondBuildkit(lab, { name: "emulating", emulation: "its own" });
});
afterAll(async () => {
  await emulating.close();
  app.remove();
  await lab.close();
});

const nameOf = (tag: string) => `${lab.registry}/e2e/self-emulated:${tag}`;

/** Builds with buildx, and gives its log. */
async function build(tag: string, words: readonly string[], env: Readonly<Record<string, string>>) {
  const output = `--output=type=image,name=${nameOf(tag)},push=true,oci-mediatypes=true`;
  const { stderr } = await lab.buildx(
    ["build", "--progress=plain", "--provenance=false", output, ...words, "."],
    { cwd: app.directory, env },
  );
  return stderr;
}

it("it lists no arm64", async () => {
  const { stdout } = await lab.buildctl(["--addr", emulating.address, "debug", "workers"]);
  expect(stdout).toContain("linux/amd64");
  expect(stdout).not.toContain("arm64");
});

it("our frontend builds both platforms there, with a warning, and makes the images of any other", async () => {
  const words = ["--file=project.toml", `--platform=${platforms.join(",")}`];
  await build("native", words, {});
  const log = await build("emulated", words, emulating.environment);
  expect(log).toContain("does not list linux/arm64");
  for (const platform of platforms) {
    expect(await digestOf(lab, nameOf("emulated"), platform)).toBe(
      await digestOf(lab, nameOf("native"), platform),
    );
  }
});

it("a generated file is built there one platform at a time, as README says", async () => {
  const { stdout } = await cnbDockerfile(app.directory, ["generate"]);
  writeFileSync(join(app.directory, "..", "Dockerfile.emulated"), stdout);
  const file = `--file=${join(app.directory, "..", "Dockerfile.emulated")}`;
  const words = [file, "--platform=linux/arm64"];
  await build("static-native", words, {});
  await build("static-emulated", [...words, "--build-arg=BUILDPLATFORM=linux/arm64"], emulating.environment);
  const [expected, found] = await Promise.all(
    ["static-native", "static-emulated"].map((tag) => layerDigests(lab, nameOf(tag), "linux/arm64")),
  );
  expect(found).toEqual(expected);
});

it("`build` says what to register", async () => {
  const words = ["--engine=buildkit", `--buildkit-host=${emulating.address}`, "--platform=linux/arm64"];
  const { exitCode, stderr } = await runBuild(lab, app.directory, words);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("does not support linux/arm64");
  expect(stderr).toContain("tonistiigi/binfmt --install arm64");
});
