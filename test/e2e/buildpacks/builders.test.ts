import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, cnbDockerfile, generate } from "../steps.ts";

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

it("builds with a builder whose lifecycle is 0.20, at the highest Platform API that it knows", async () => {
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builderOldLifecycle]);
  expect(dockerfile).toContain('ENV CNB_PLATFORM_API="0.14"');
  expect(dockerfile).not.toContain("CNB_EXEC_ENV");
  const name = `${lab.registry}/e2e/old-lifecycle:1`;
  await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: ["linux/amd64"], name });
  const { exitCode } = await lab.execute(name, "linux/amd64", { entrypoint: "worker" });
  expect(exitCode).toBe(3);
});

it.each(["0.12", "0.13"])("builds at Platform API %s when asked to", async (api) => {
  const words = ["--builder", lab.images.builder, "--platform-api", api, "--process-type=web"];
  const dockerfile = await generate(app.directory, words);
  const name = `${lab.registry}/e2e/platform-api:${api}`;
  await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: ["linux/amd64"], name });
  const { stdout } = await lab.execute(name, "linux/amd64", { env: { PORT: "1" } });
  expect(stdout.trim()).toBe("web on 1, profile not sourced");
});

it("refuses a platform that the builder lacks before anything is built, and names it", async () => {
  const words = ["--builder", lab.images.builderAmd64Only, "--platform", "linux/amd64,linux/arm64"];
  const { stdout, stderr, exitCode } = await cnbDockerfile(app.directory, ["generate", ...words]);
  expect(exitCode).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain(
    `The builder ${lab.images.builderAmd64Only} is not available for linux/arm64, only for linux/amd64.`,
  );
});

it("refuses a platform that the run image lacks", async () => {
  const words = ["--builder", lab.images.builder, "--run-image", lab.images.runBaseAmd64Only];
  const { stderr, exitCode } = await cnbDockerfile(app.directory, [
    "generate",
    ...words,
    "--platform=linux/arm64",
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`The run image ${lab.images.runBaseAmd64Only} is not available for linux/arm64`);
});

it("builds for the one platform that a builder without an index has", async () => {
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builderAmd64Only]);
  const { stdout: digest } = await lab.crane(["digest", lab.images.builderAmd64Only]);
  expect(dockerfile).toContain(`FROM ${lab.images.builderAmd64Only}@${digest} AS builder`);
  await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: ["linux/amd64"] });
});

it("compiles for a builder of forty buildpacks", async () => {
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builderLarge]);
  const { stdout: digest } = await lab.crane(["digest", lab.images.builderLarge]);
  expect(dockerfile).toContain(`FROM ${lab.images.builderLarge}@${digest} AS builder`);
  await buildOrThrow(lab, {
    directory: app.directory,
    dockerfile,
    platforms: ["linux/amd64"],
    words: ["--target=builder"],
  });
});

it("refuses a builder with image extensions by name", async () => {
  const { stderr, exitCode } = await cnbDockerfile(app.directory, [
    "generate",
    "--builder",
    lab.images.builderExtensions,
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/uses image extensions \(lab\/marker-extension\)/);
});

it("names an image that does not exist", async () => {
  const { stderr, exitCode } = await cnbDockerfile(app.directory, [
    "generate",
    "--builder",
    `${lab.registry}/lab/no-such:1`,
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`The builder ${lab.registry}/lab/no-such:1 does not exist`);
});
