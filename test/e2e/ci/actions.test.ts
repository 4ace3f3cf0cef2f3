import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildctlWordsOf, containerImageRequest } from "../../../own-images/own-image-requests.ts";
import type { Lab } from "../../lab/lab.ts";
import { makeRootlessImage } from "../../lab/rootless-image.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import { digestOf } from "../frontend-steps.ts";
import { actionSteps, gitlabJob, gitlabScript, tektonStep } from "./ci-scripts.ts";
import { addPrograms, type StandIns, standIns, stepOutputs } from "./stand-ins.ts";

const root = join(import.meta.dirname, "../../..");
const platforms = ["linux/amd64", "linux/arm64"] as const;
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let work: string;
let programs: StandIns;
/** Of the images that one command makes. */
let digests: readonly string[];

const plain = "--no-sbom-attestations";
const digestsOf = (name: string) => Promise.all(platforms.map((platform) => digestOf(lab, name, platform)));

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-ci-"));
  chmodSync(work, 0o755);
  app = copySampleApp("procfile");
  describeProject(lab, app.directory, "com.example.ci");
  programs = standIns(join(work, "bin"));
  addPrograms(programs, lab);
  const name = `${lab.registry}/e2e/ci:one`;
  await runBuildOrThrow(lab, app.directory, [
    `--platform=${platforms.join(",")}`,
    plain,
    `--tag=${name}`,
    "--push",
    ".",
  ]);
  digests = await digestsOf(name);
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  app.remove();
  await lab.close();
});

let serial = 0;

/** Runs the scripts of an action's steps, as GitHub does. In: what `with:` says. Out: outputs of its steps by name, status. */
async function runAction(
  file: string,
  given: Readonly<Record<string, string>>,
  temporary = join(work, `runner-${serial++}`),
) {
  const { inputs, steps } = actionSteps(file);
  for (const name of Object.keys(given)) expect(Object.keys(inputs)).toContain(name);
  mkdirSync(temporary, { recursive: true });
  let outputs: Readonly<Record<string, string>> = {};
  for (const step of steps) {
    const written = join(temporary, `${step.id}.outputs`);
    writeFileSync(written, "");
    const env = Object.fromEntries(
      Object.entries(step.env).map(([name, value]) => [
        name,
        value
          .replace(/\$\{\{ strategy\.job-index \}\}/, "0")
          .replace(
            /\$\{\{ (inputs|steps\.prepare\.outputs)\.([\w-]+) \}\}/g,
            (_, from: string, key: string) =>
              from === "inputs" ? (given[key] ?? inputs[key]?.default ?? "") : (outputs[key] ?? ""),
          ),
      ]),
    );
    const { exitCode, stderr } = await execa(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run],
      {
        cwd: app.directory,
        env: {
          ...lab.environment,
          PATH: `${programs.directory}:${lab.environment.PATH}`,
          ...{
            GITHUB_ACTION_PATH: dirname(join(root, file)),
            RUNNER_TEMP: temporary,
            GITHUB_JOB: "image",
            GITHUB_OUTPUT: written,
          },
          ...env,
        },
        reject: false,
      },
    );
    outputs = { ...outputs, ...stepOutputs(written) };
    if (exitCode !== 0) return { exitCode, stderr, outputs };
  }
  return { exitCode: 0, stderr: "", outputs };
}

describe("our GitHub action", () => {
  it("pushes a platform each by digest, and joins them to the images of one command", async () => {
    // Of this run alone: it must have no tag yet.
    const repository = `${lab.registry}/e2e/ci-action-${Date.now()}`;
    const tags = `${repository}:latest\n${repository}:1\n`;
    const pushed: string[] = [];
    for (const platform of platforms) {
      const given = { platforms: platform, tags, "push-by-digest": "true", args: plain };
      const { exitCode, stderr, outputs } = await runAction("action.yml", given);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(outputs.image).toBe(`${repository}@${outputs.digest}`);
      pushed.push(outputs.digest ?? "");
    }
    await expect(digestOf(lab, `${repository}:latest`)).rejects.toThrow(/MANIFEST_UNKNOWN|NAME_UNKNOWN/);
    const joined = await runAction("ci/github/join/action.yml", { tags, digests: pushed.join(" ") });
    expect({ exitCode: joined.exitCode, stderr: joined.stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const tag of ["latest", "1"]) {
      expect(await digestOf(lab, `${repository}:${tag}`)).toBe(joined.outputs.digest);
      expect(await digestsOf(`${repository}:${tag}`)).toEqual(digests);
    }
  });

  it("keeps a cache directory for each project, and begins the next run with it", async () => {
    const temporary = join(work, "kept");
    const given = { tags: `${lab.registry}/e2e/ci-action-cache:1`, push: "true", args: plain };
    const first = await runAction("action.yml", given, temporary);
    expect(first.exitCode).toBe(0);
    const [key = "", ...others] = readdirSync(join(temporary, "cnb-cache"));
    expect(others).toEqual([]);
    expect(first.outputs.cache).toBe(join(temporary, "cnb-cache", key));
    expect(existsSync(join(temporary, "cnb-cache", key, "index.json"))).toBe(true);
    const second = await runAction("action.yml", given, temporary);
    expect(JSON.parse(second.outputs.result ?? "")).toMatchObject({
      digest: second.outputs.digest,
      diagnostics: [],
    });
    // Another project of the same job.
    const { outputs } = await runAction("action.yml", { ...given, context: "missing" }, temporary);
    expect(outputs.key).not.toBe(key);
  });

  it("says of a failed build why, in its outputs", async () => {
    const { exitCode, outputs } = await runAction("action.yml", { tags: "app", file: "absent.toml" });
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ digest: "", image: "" });
    expect(JSON.parse(outputs.result ?? "").diagnostics[0]).toMatchObject({ severity: "error" });
  });

  it("takes an input for no more than a value", async () => {
    const made = join(work, "made-by-an-input");
    const hostile = `$(touch ${made})\`touch ${made}\`"; touch ${made}; #`;
    const { exitCode } = await runAction("action.yml", {
      tags: hostile,
      builder: hostile,
      "build-args": `A=${hostile}`,
    });
    expect(exitCode).toBe(1);
    expect(existsSync(made)).toBe(false);
    const joined = await runAction("ci/github/join/action.yml", {
      tags: `${lab.registry}/e2e/ci:1`,
      digests: hostile,
    });
    expect(joined.exitCode).toBe(2);
    expect(joined.stderr).toContain("not a digest");
    expect(existsSync(made)).toBe(false);
  });
});

it("the Tekton task's step builds, pushes and writes its results, with the arguments and logins it is given", async () => {
  const place = join(work, "tekton");
  mkdirSync(join(place, "docker"), { recursive: true });
  writeFileSync(join(place, "docker/config.json"), "{}");
  const values: Readonly<Record<string, string>> = {
    "params.buildkit-host": lab.buildkitHost,
    "params.image": `${lab.registry}/e2e/ci-tekton:1`,
    "params.builder": lab.images.builder,
    "params.platforms": platforms.join(","),
    "params.context": ".",
    "workspaces.docker-config.bound": "true",
    "workspaces.docker-config.path": join(place, "docker"),
    "workspaces.buildkit-tls.bound": "false",
    "workspaces.buildkit-tls.path": "",
    "results.IMAGE_DIGEST.path": join(place, "digest"),
    "results.IMAGE_URL.path": join(place, "url"),
  };
  const { script, env } = tektonStep();
  const replaced = (text: string) =>
    text.replace(/\$\(([\w.-]+)\)/g, (_, name: string) => {
      if (values[name] === undefined) throw new Error(`Tekton has no ${name}`);
      return values[name];
    });
  // A file, as Tekton makes one.
  writeFileSync(join(place, "script"), script, { mode: 0o755 });
  await execa(join(place, "script"), [plain], {
    cwd: app.directory,
    env: {
      PATH: `${programs.directory}:${lab.environment.PATH}`,
      ...Object.fromEntries(env.map(({ name, value }) => [name, replaced(value)])),
    },
  });
  expect(readFileSync(join(place, "url"), "utf8")).toBe(values["params.image"]);
  expect(readFileSync(join(place, "digest"), "utf8")).toBe(
    await digestOf(lab, `${lab.registry}/e2e/ci-tekton:1`),
  );
  expect(await digestsOf(`${lab.registry}/e2e/ci-tekton:1`)).toEqual(digests);
});

it("the GitLab component's job builds in the builder container as an ordinary user, pushes, and keeps the cache", async () => {
  const image = `${lab.registry}/e2e/ci-gitlab-container:0.1.0`;
  const request = { tags: [image], push: true, platforms: ["linux/amd64"], nodeImage: lab.images.node };
  await lab.buildctl(
    buildctlWordsOf(containerImageRequest(request, undefined, await makeRootlessImage(lab))),
  );
  const job = gitlabJob({ "builder-container": image.replace(/:[^:/]*$/, ""), platforms: "linux/amd64" });
  expect(job.image.name).toBe(image);
  // The runner's clone, which every user can write to.
  const clone = join(work, "clone");
  mkdirSync(clone);
  await execa("cp", ["-a", `${app.directory}/.`, `${clone}/`]);
  const volume = join(work, "volume");
  mkdirSync(volume);
  for (const directory of [clone, volume]) await execa("chmod", ["-R", "a+rwX", directory]);
  chmodSync(volume, 0o1777);
  const variables: Readonly<Record<string, string>> = {
    CI_REGISTRY: lab.registry,
    CI_REGISTRY_IMAGE: `${lab.registry}/e2e/ci-gitlab`,
    CI_COMMIT_REF_SLUG: "a-branch",
    CI_REGISTRY_USER: "gitlab-ci-token",
    CI_REGISTRY_PASSWORD: "secret",
  };
  // Variables of a job name others.
  const own = Object.entries(job.variables).map(([name, value]) => [
    name,
    (value ?? "").replace(/\$(\w+)/g, (_, other: string) => variables[other] ?? ""),
  ]);
  const run = async () =>
    lab.execute(
      image,
      "linux/amd64",
      {
        entrypoint: "sh",
        args: ["-c", `cd /clone\n${gitlabScript()}\ncat "$DOCKER_CONFIG/config.json"`],
        env: { ...variables, ...Object.fromEntries(own) },
        mounts: [
          { source: clone, target: "/clone" },
          { source: volume, target: "/tmp/cache" },
        ],
      },
      300_000,
    );
  const first = await run();
  expect({ exitCode: first.exitCode, stderr: first.exitCode === 0 ? "" : first.stderr }).toEqual({
    exitCode: 0,
    stderr: "",
  });
  const login = Buffer.from("gitlab-ci-token:secret").toString("base64");
  expect(first.stdout).toContain(JSON.stringify({ auths: { [lab.registry]: { auth: login } } }));
  expect(await digestOf(lab, `${lab.registry}/e2e/ci-gitlab:a-branch`, "linux/amd64")).toMatch(/^sha256:/);
  expect(existsSync(join(clone, ".cnb-cache/index.json"))).toBe(true);
  expect((await run()).exitCode).toBe(0);
});
