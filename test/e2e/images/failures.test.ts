import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { build, generate } from "../steps.ts";

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

async function buildWith(id: string, words: readonly string[] = []) {
  writeFileSync(
    join(app.directory, "project.toml"),
    `[_]\nschema-version = "0.2"\nid = "e2e.failures"\n[[io.buildpacks.group]]\nid = "${id}"\n`,
  );
  const dockerfile = await generate(app.directory, ["--builder", lab.images.builder, ...words]);
  return build(lab, { directory: app.directory, dockerfile, platforms: ["linux/amd64"] });
}

it("shows a failed detection as the detect step's, with the lifecycle's exit code", async () => {
  const { log, exitCode } = await buildWith("lab/fail-detect");
  expect(exitCode).toBe(1);
  expect(log).toMatch(
    /ERROR: process "\/cnb\/lifecycle\/detector" did not complete successfully: exit code: 2[01]/,
  );
});

it("shows a failed buildpack as the build step's, with the lifecycle's exit code", async () => {
  const { log, exitCode } = await buildWith("lab/fail-build");
  expect(exitCode).toBe(1);
  expect(log).toMatch(
    /ERROR: process ".* -- \/cnb\/lifecycle\/builder" did not complete successfully: exit code: 51/,
  );
});

it("refuses a process type that the app does not have, and names those it has", async () => {
  const { log, exitCode } = await buildWith("lab/procfile", ["--process-type=wbe"]);
  expect(exitCode).toBe(1);
  expect(log).toMatch(/error\[export\/[a-z-]+\]: .*wbe/);
  expect(log).toMatch(/Did you mean `?web/);
});
