import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";

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

/** Asks with plain buildx about a project.toml that names our frontend. In: what its lines after the first two say. */
async function call(
  words: readonly string[],
  lines = `[io.buildpacks]\nbuilder = "${lab.images.builder}"\n`,
) {
  const text = `# syntax=${inject("toolImage")}\n[_]\nschema-version = "0.2"\nid = "e2e.calls"\n${lines}`;
  writeFileSync(join(app.directory, "project.toml"), text);
  const { stdout, stderr, exitCode } = await lab.buildx(
    ["build", "--progress=plain", "--file=project.toml", ...words, "."],
    { cwd: app.directory, reject: false },
  );
  return { stdout, stderr, exitCode };
}

it("`--call=targets` lists the stages, each with its purpose", async () => {
  const { stdout, exitCode, stderr } = await call(["--call=targets"]);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toMatch(/^TARGET +DESCRIPTION\n/);
  expect(stdout).toMatch(/^build +runs the buildpacks/m);
  expect(stdout).toMatch(/^app \(default\) +the final image/m);
});

it("`--call=outline` shows our build arguments with the values in use, and the secrets that are wanted", async () => {
  const { stdout, exitCode } = await call([
    "--call=outline",
    "--build-arg=CNB_SECRETS=TOKEN",
    "--build-arg=CNB_PROCESS_TYPE=worker",
  ]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^TARGET: +app$/m);
  expect(stdout).toMatch(new RegExp(`^CNB_BUILDER +${lab.images.builder} +Builder image`, "m"));
  expect(stdout).toMatch(/^CNB_PROCESS_TYPE +worker +Process/m);
  expect(stdout).toMatch(/^TOKEN +true/m);
});

it("`--call=subrequests.describe` lists the questions", async () => {
  const { stdout, exitCode } = await call(["--call=subrequests.describe"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^NAME +VERSION +DESCRIPTION\n/);
  expect(stdout).toMatch(/^outline +1\.0\.0 /m);
});

it("`--check` finds nothing to say of a good file", async () => {
  const { stdout, exitCode } = await call(["--check"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "Check complete, no warnings found." });
});

it("`--check` shows a warning with its rule, its page and its line, and ends with 1", async () => {
  const lines = `[io.buildpacks]\nbuilder = "${lab.images.builder}"\nexlude = ["x"]\n`;
  const { stdout, exitCode } = await call(["--check"], lines);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("1 warning has been found!");
  expect(stdout).toMatch(
    /^WARNING: descriptor\/unknown-key - https:\/\/\S+descriptor\.md#descriptorunknown-key$/m,
  );
  expect(stdout).toContain("project.toml:7\n");
  expect(stdout).toMatch(/7 \| >>> exlude = /);
});

it("`--check` shows what is wrong, with its line", async () => {
  const { stderr, exitCode } = await call(["--check"], "[io.buildpacks]\nbuilder = 3\n");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("io.buildpacks.builder");
  expect(stderr).toMatch(/6 \| >>> builder = 3/);
});

it("a question that nobody answers is refused, and so is a target that no stage has", async () => {
  const question = await call(["--call=weather"]);
  expect(question.exitCode).toBe(1);
  expect(question.stderr).toContain("[frontend/unknown-request]");
  const target = await call(["--target=bild"]);
  expect(target.exitCode).toBe(1);
  expect(target.stderr).toContain("[frontend/unknown-target]");
  expect(target.stderr).toContain("Did you mean `build`?");
});
