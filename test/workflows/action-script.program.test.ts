import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath, platform } from "node:process";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { temporaryDirectory } from "../helpers/directory.ts";

const root = join(import.meta.dirname, "../..");
const digest = `sha256:${"a".repeat(64)}`;

/** Runs the script that prepares the action. In: the job's directory for temporary files. Out: the step's outputs. */
async function prepare(temporary: string, { job = "image", index = "0", context = ".", name = "" } = {}) {
  const outputs = join(temporaryDirectory(), "outputs");
  writeFileSync(outputs, "");
  await execa("bash", [join(root, "ci/github/prepare.sh")], {
    env: {
      ...{ RUNNER_TEMP: temporary, GITHUB_OUTPUT: outputs, GITHUB_JOB: job, JOB_INDEX: index },
      ...{ INPUT_CONTEXT: context, INPUT_FILE: "", INPUT_ARTIFACT_NAME: name },
    },
  });
  const lines = readFileSync(outputs, "utf8").trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => line.split("=", 2) as [string, string]));
}

/** Runs the action's script with a command that prints a result. Out: its outputs, and the words that the command got. */
async function runScript(inputs: Readonly<Record<string, string>>, result: string) {
  const work = temporaryDirectory();
  const programs = join(work, "bin");
  mkdirSync(programs);
  const add = (name: string, script: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  add("node", `exec '${execPath}' "$@"`);
  add("cnb-dockerfile", `printf '%s\\n' "$@" > '${work}/words'\ncat '${work}/result'`);
  writeFileSync(join(work, "result"), result);
  writeFileSync(join(work, "outputs"), "");
  const { inputs: defaults } = parse(readFileSync(join(root, "action.yml"), "utf8")) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  };
  const env = Object.fromEntries(
    Object.entries(defaults).map(([name, { default: usual }]) => [
      `INPUT_${name.toUpperCase().replaceAll("-", "_")}`,
      inputs[name] ?? usual ?? "",
    ]),
  );
  const { exitCode, stderr } = await execa("bash", [join(root, "ci/github/build.sh")], {
    env: {
      ...env,
      PATH: `${programs}:${process.env.PATH}`,
      ...{ CACHE: join(work, "cache"), GITHUB_OUTPUT: join(work, "outputs") },
    },
    reject: false,
  });
  return {
    ...{ exitCode, stderr },
    outputs: readFileSync(join(work, "outputs"), "utf8"),
    words: existsSync(join(work, "words")) ? readFileSync(join(work, "words"), "utf8").split("\n") : [],
  };
}

// Runners of Windows have no Docker for Linux images.
describe.skipIf(platform === "win32")("the action's script", () => {
  it("hands a result on that is larger than a variable of a process may be", async () => {
    const result = JSON.stringify({ digest, diagnostics: ["x".repeat(300_000)] }, undefined, 2);
    const { exitCode, stderr, outputs } = await runScript({ tags: "acme/app:1" }, result);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(outputs.split("\n").slice(0, 2)).toEqual([`digest=${digest}`, `image=acme/app@${digest}`]);
    expect(outputs.split("\n")[2]).toBe(`result=${JSON.stringify(JSON.parse(result))}`);
  });

  it("has no output that a result adds", async () => {
    const { outputs } = await runScript(
      { tags: "acme/app:1" },
      JSON.stringify({ digest: `${digest}\nadmin=true`, diagnostics: ["\nadmin=true"] }),
    );
    expect(outputs).toMatch(/^digest=\nimage=\nresult=.*\n$/);
  });

  it("takes a context that begins with a dash for a context", async () => {
    const { words } = await runScript({ context: "--builder=evil" }, "{}");
    expect(words.slice(-3)).toEqual(["--", "--builder=evil", ""]);
  });

  it.each(["acme/app:a/b,dest=/etc/passwd", 'acme/app:a/b",dest=x'])(
    "pushes by digest to no name with attributes: %s",
    async (tags) => {
      const { exitCode, stderr, words } = await runScript({ tags, "push-by-digest": "true" }, "{}");
      expect({ exitCode, words }).toEqual({ exitCode: 2, words: [] });
      expect(stderr).toContain("not the name of an image");
    },
  );

  it("pushes by digest to the first name without its tag", async () => {
    const given = { tags: "registry.example:5000/acme/app:1\nacme/other", "push-by-digest": "true" };
    const { exitCode, words } = await runScript(given, "{}");
    expect(exitCode).toBe(0);
    expect(words).toContain(
      "--output=type=image,name=registry.example:5000/acme/app,push-by-digest=true,name-canonical=true,push=true",
    );
  });
});

describe.skipIf(platform === "win32")("the artifact of the action", () => {
  it("has another name in each job of a matrix, also for the same context", async () => {
    const names = await Promise.all(
      ["0", "1"].map(async (index) => (await prepare(temporaryDirectory(), { index })).artifact),
    );
    expect(names).toEqual(["cnb-image-0", "cnb-image-1"]);
  });

  it("has another name in each job of a workflow", async () => {
    expect((await prepare(temporaryDirectory(), { job: "worker" })).artifact).toBe("cnb-worker-0");
  });

  it("has another name each time that a job uses the action", async () => {
    const temporary = temporaryDirectory();
    const names: (string | undefined)[] = [];
    for (const context of [".", ".", "worker"]) names.push((await prepare(temporary, { context })).artifact);
    expect(names).toEqual(["cnb-image-0", "cnb-image-0-2", "cnb-image-0-3"]);
  });

  it("has the name that the input `artifact-name` gives it", async () => {
    expect((await prepare(temporaryDirectory(), { name: "sbom of web" })).artifact).toBe("sbom of web");
  });

  it("has a name of one line", async () => {
    const given = prepare(temporaryDirectory(), { name: "a\ncache=/etc" });
    await expect(given).rejects.toThrow(/artifact-name must be one line/);
  });
});
