import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { markdownPages } from "../../helpers/markdown-pages.ts";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { makeWorkflowTools, type WorkflowTools } from "../../lab/workflow-tools.ts";
import { copySampleApp } from "../../workspace.ts";
import { writeDescriptor } from "../frontend-steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const page = "docs/guides/ci.md";
const blocks = markdownPages().find(({ file }) => file === page)?.blocks ?? [];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let work: string;
let git: GitServer;
/** The app's commit, as `github.sha` is. */
let commit: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-recipes-"));
  app = copySampleApp("procfile");
  // Declared: a build without it ends with an error.
  writeDescriptor(
    lab,
    app.directory,
    "com.example.recipes",
    '\n[io.github.cnb-dockerfile]\nsecrets = ["NPM_TOKEN"]\n',
  );
  const run = (...words: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd: app.directory });
  await run("init", "--quiet");
  await run("add", ".");
  await run("commit", "--quiet", "--message=app");
  commit = (await run("rev-parse", "HEAD")).stdout;
  await run("clone", "--quiet", "--bare", ".", join(work, "app.git"));
  git = await serveGit(work);
});
afterAll(async () => {
  await git.close();
  rmSync(work, { recursive: true, force: true });
  app.remove();
  await lab.close();
});

type Inputs = Readonly<Record<string, string | boolean>>;

/** What the page gives to an action. */
function inputsOf(action: string): Inputs {
  for (const { language, text } of blocks) {
    if (language !== "yaml" || !text.includes(`uses: ${action}@`)) continue;
    for (const job of Object.values(parse(text).jobs as Record<string, { readonly steps?: readonly Step[] }>))
      for (const step of job.steps ?? []) if (step.uses?.startsWith(`${action}@`)) return step.with ?? {};
  }
  throw new Error(`${page} does not use ${action}`);
}

interface Step {
  readonly uses?: string;
  readonly with?: Inputs;
}

/** Values as they are here: names in the lab's registry, a secret, a directory in place of GitHub's cache. */
function here(text: string, name: string): string {
  return text
    .replaceAll(/ghcr\.io\/(?:\$\{\{ github\.repository \}\}|acme\/app)/g, name)
    .replaceAll(/\$\{\{ secrets\.NPM_TOKEN \}\}/g, "a-secret")
    .replaceAll("type=gha,mode=max", `type=local,dest=${join(work, "layer-cache")},mode=max`)
    .replaceAll("type=gha", `type=local,src=${join(work, "layer-cache")}`);
}

/**
 * The words by which docker/build-push-action calls `docker buildx build`: a flag for each input, lists by lines, secrets as
 * files, the commit's git URL where no context is given. Source: its README and `src/context.ts`.
 */
function buildWords(inputs: Inputs, name: string): string[] {
  const lines = (key: string) =>
    here(String(inputs[key] ?? ""), name)
      .split("\n")
      .filter((line) => line !== "");
  const each = (flag: string, key: string) => lines(key).map((line) => `--${flag}=${line}`);
  const secrets = lines("secrets").map((line) => {
    const [id = "", value = ""] = line.split(/=(.*)/s);
    writeFileSync(join(work, id), value);
    return `--secret=id=${id},src=${join(work, id)}`;
  });
  return [
    "build",
    ...each("build-arg", "build-args"),
    ...each("cache-from", "cache-from"),
    ...each("cache-to", "cache-to"),
    ...each("file", "file"),
    `--iidfile=${join(work, "image-id")}`,
    ...each("platform", "platforms"),
    "--provenance=mode=max,builder-id=https://github.com/acme/app/actions/runs/1/attempts/1",
    ...secrets,
    ...each("tag", "tags"),
    `--metadata-file=${join(work, "metadata.json")}`,
    ...(inputs.push === true ? ["--push"] : []),
    inputs.context === undefined ? `${git.address}/app.git#${commit}` : String(inputs.context),
  ];
}

describe("what docker/build-push-action runs", () => {
  it("builds the page's recipe from the checkout and from the git context, to the same images", async () => {
    const inputs = inputsOf("docker/build-push-action");
    const name = `${lab.registry}/e2e/ci-recipes/checkout`;
    await lab.buildx(buildWords(inputs, name), { cwd: app.directory });
    expect(existsSync(join(work, "layer-cache/index.json"))).toBe(true);
    const { context, ...withoutContext } = inputs;
    expect(context).toBe(".");
    const fromGit = `${lab.registry}/e2e/ci-recipes/git`;
    await lab.buildx(buildWords(withoutContext, fromGit), { cwd: work });
    expect(git.asked.length).toBeGreaterThan(0);
    const layers = await Promise.all(
      [name, fromGit].flatMap((one) => platforms.map((platform) => layersOf(`${one}:latest`, platform))),
    );
    expect(layers.slice(0, 2)).toEqual(layers.slice(2));
  });

  it("hands over the secret: without it the build ends with an error", async () => {
    const { secrets, ...inputs } = inputsOf("docker/build-push-action");
    expect(secrets).toMatch(/^NPM_TOKEN=/);
    const words = buildWords({ ...inputs, "build-args": "AGAIN=1" }, `${lab.registry}/e2e/ci-recipes/none`);
    const { exitCode, stderr } = await lab.buildx(words, { cwd: app.directory, reject: false });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("NPM_TOKEN");
  });
});

it("what docker/bake-action runs builds the page's bake file", async () => {
  const { source, push } = inputsOf("docker/bake-action");
  expect({ source, push }).toEqual({ source: ".", push: true });
  const [file] = blocks.filter(({ language }) => language === "hcl");
  const place = join(work, "bake");
  mkdirSync(place);
  await execa("cp", ["-a", `${app.directory}/.`, place]);
  const name = `${lab.registry}/e2e/ci-recipes/bake`;
  writeFileSync(join(place, "docker-bake.hcl"), here(file?.text ?? "", name));
  const words = ["bake", "--file=docker-bake.hcl", `--metadata-file=${join(work, "bake.json")}`, "--push"];
  // GitHub's cache is no directory: it needs no right to write one.
  await lab.buildx([...words, "--allow=fs=*"], { cwd: place, env: { NPM_TOKEN: "a-secret" } });
  expect(await layersOf(`${name}:latest`, "linux/arm64")).not.toEqual([]);
});

describe("workflows that the page shows", () => {
  const named = blocks.flatMap(({ language, text, line }) => {
    const [, name] = /^# (\S+)\n/.exec(text) ?? [];
    return language === "yaml" && name !== undefined ? [{ name, text, line }] : [];
  });
  let tools: WorkflowTools;
  beforeAll(async () => {
    tools = await makeWorkflowTools();
  });

  it("are several", () => expect(named.length).toBeGreaterThan(6));

  it.each(named)("$name at line $line is valid", async ({ name, text, line }) => {
    const schemas: readonly (readonly [RegExp, string])[] = [
      [/^\.github\/workflows\//, "github-workflows"],
      [/^\.gitlab-ci\.yml$/, "gitlab-ci"],
      [/^azure-pipelines\.yml$/, "azure-pipelines"],
    ];
    const schema = schemas.find(([pattern]) => pattern.test(name))?.[1];
    if (schema === undefined) throw new Error(`${page}:${line}: no schema is known for ${name}`);
    const file = join(work, `shown-${line}.yml`);
    writeFileSync(file, text);
    const { command, env } = tools.checkJsonschema;
    const checked = await execa(
      command[0],
      [...command.slice(1), "--builtin-schema", `vendor.${schema}`, file],
      {
        env,
        all: true,
        reject: false,
      },
    );
    expect(checked.all).toBe("ok -- validation done");
    if (schema !== "github-workflows") return;
    const [program, ...words] = tools.actionlint.command;
    expect((await execa(program, [...words, file], { all: true, reject: false })).all).toBe("");
  });
});

async function layersOf(name: string, platform: string): Promise<readonly string[]> {
  const { stdout } = await lab.crane(["manifest", `--platform=${platform}`, name]);
  return (JSON.parse(stdout) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
}
