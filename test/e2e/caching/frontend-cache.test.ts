import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf, frontendBuild, isWork, ranSteps, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { edit } from "../steps.ts";
import { cachingGroup } from "./caching-group.ts";

const platforms = ["linux/amd64"];
/** A cached layer that stays, and one that follows from a file of the app: what Node's are, without their size. */
const caching = cachingGroup("keep node 1 0 true", 'keep modules "$(sha256sum < package-lock.json)" 0 true');
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** Equal steps of builds that run at once are one step, and told to each: no other test's build is to have one of these. */
let own: SecondBuildkit;

beforeAll(async () => {
  lab = await startLab();
  own = await startSecondBuildkit(lab, { name: "frontend-cache-own" });
  app = copySampleApp("procfile");
  writeDescriptor(lab, app.directory, "com.example.frontend-cache", caching);
  writeFileSync(join(app.directory, "package-lock.json"), "first");
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
});
afterAll(async () => {
  await own?.close();
  app.remove();
  await lab.close();
});

describe("a second build", () => {
  const repository = "e2e/frontend-cache";
  const name = () => `${lab.registry}/${repository}:1`;
  const build = () =>
    frontendBuild(lab, { context: app.directory, platforms, name: name(), env: own.environment });

  beforeAll(build);

  it("of the same source runs nothing", async () => {
    const before = await digestOf(lab, name());
    const log = await build();
    expect(ranSteps(log).filter(isWork), log).toEqual([]);
    expect(await digestOf(lab, name())).toBe(before);
  });

  it("of a changed source starts four containers, and copies and pushes the app's layer alone", async () => {
    const change = () => writeFileSync(join(app.directory, "worker.js"), `console.log(${Date.now()});\n`);
    // What the first build has cached is restored once.
    change();
    await build();
    change();
    const seen = (await lab.registryRequests(repository)).length;
    const ran = ranSteps(await build());
    expect(ran.filter((title) => / layer: /.test(title))).toEqual(["[linux/amd64] layer: Application Layer"]);
    // What a step is, stands before `RUN`; one of the frontend's own has no such word.
    const stages = ran.flatMap((title) => /^\[linux\/amd64 (\S+) \d+\/\d+\] RUN /.exec(title)?.[1] ?? []);
    expect(stages.sort()).toEqual(["build", "cached", "detect", "export"]);
    const known =
      / (RUN|COPY|FROM|WORKDIR) |^\[internal\]|\[cnb\]|load metadata|resolve image|layer: | image$|inputs in the cache$/;
    expect(ran.filter((title) => title.startsWith("[") && !known.test(title))).toEqual([]);
    const uploads = (await lab.registryRequests(repository))
      .slice(seen)
      .filter(({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"));
    // The layer, the config, and the two statements that are attached.
    expect(uploads).toHaveLength(4);
  });
});

it("cached layers are unpacked once, for as long as the cache holds the same", async () => {
  const name = `${lab.registry}/e2e/frontend-cache:restored`;
  const request = { context: app.directory, platforms, name, env: own.environment };
  const build = async (version: string) => {
    writeFileSync(join(app.directory, "first.txt"), String(Math.random()));
    const words = ["--file=project.toml", `--build-arg=BP_MARK=${version}`];
    const log = await frontendBuild(lab, { ...request, words });
    const isRestored = ranSteps(log).some((title) => title.includes("/cnb/lifecycle/restorer"));
    return { isRestored, isReused: log.includes("Reusing cached layer 'node'") };
  };
  await build("1");
  await build("1");
  expect(await build("1")).toEqual({ isRestored: false, isReused: true });
  // Whatever changes the environment of the phases is no change of the source, and restores again.
  expect(await build("2")).toEqual({ isRestored: true, isReused: true });
  // Another cached layer: the next build finds it, and the one after that need not look again.
  const lock = join(app.directory, "package-lock.json");
  writeFileSync(lock, `${readFileSync(lock, "utf8")}\n`);
  expect(await build("2")).toEqual({ isRestored: false, isReused: true });
  expect(await build("2")).toEqual({ isRestored: true, isReused: true });
  expect(await build("2")).toEqual({ isRestored: false, isReused: true });
});

it("a build without BuildKit's cache leaves the buildpacks' cache to the next one", async () => {
  const name = `${lab.registry}/e2e/frontend-cache:no-cache`;
  const request = { context: app.directory, platforms, name, env: own.environment };
  await frontendBuild(lab, { ...request, words: ["--file=project.toml", "--no-cache"] });
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  expect(await frontendBuild(lab, request)).toContain("Reusing cached layer 'node'");
});

describe("a cache in a registry", () => {
  /** The lab's own knows too many builds of this app: BuildKit writes them all down, and reads no list above 1 MiB. */
  let filled: SecondBuildkit;
  let fresh: SecondBuildkit;
  /** The lab's, where nobody else pulls it. */
  const builderRepository = "e2e/frontend-cache-builder";
  const builder = () => `${lab.registry}/${builderRepository}:1`;
  beforeAll(async () => {
    const start = (name: string) => startSecondBuildkit(lab, { name });
    [filled, fresh] = await Promise.all([start("filled"), start("fresh")]);
    await lab.crane(["copy", lab.images.builder, builder()]);
    edit(join(app.directory, "project.toml"), lab.images.builder, builder());
  });
  afterAll(async () => {
    await filled.close();
    await fresh.close();
  });

  it("spares a fresh BuildKit every step, and the builder", async () => {
    const cache = `type=registry,ref=${lab.registry}/e2e/frontend-cache:store`;
    const request = {
      context: app.directory,
      platforms,
      name: `${lab.registry}/e2e/frontend-cache:registry`,
    };
    const words = ["--file=project.toml"];
    await frontendBuild(lab, {
      ...{ ...request, words: [...words, `--cache-to=${cache},mode=max`], env: filled.environment },
    });
    const before = await digestOf(lab, request.name);
    const seen = (await lab.registryRequests(builderRepository)).length;
    const env = fresh.environment;
    const log = await frontendBuild(lab, { ...request, words: [...words, `--cache-from=${cache}`], env });
    expect(ranSteps(log).filter(isWork)).toEqual([]);
    expect(await digestOf(lab, request.name)).toBe(before);
    // Of the builder the config is read, for its labels, and no layer.
    const config = JSON.parse((await lab.crane(["manifest", `--platform=${platforms[0]}`, builder()])).stdout)
      .config.digest;
    const blobs = (await lab.registryRequests(builderRepository))
      .slice(seen)
      .flatMap(({ method, path }) => (method === "GET" && path.includes("/blobs/") ? [path] : []));
    expect(blobs.filter((path) => !path.endsWith(config))).toEqual([]);
  });
});
