import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layoutDigest } from "../../../src/engines/layout.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { archivedImages, describeProject, lastLine, runBuild, runBuildOrThrow } from "../build-steps.ts";
import { isWork, ranSteps } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { cnbDockerfile, edit, type ProgramResult } from "../steps.ts";
import { cachingGroup } from "./caching-group.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const both = `--platform=${platforms.join(",")}`;
const one = "--platform=linux/amd64";
const plain = "--progress=plain";
const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");
/** A layer of 46 MB, so that a blob is on its way for a while, and one that follows from a file of the app. */
const caching = cachingGroup(
  "keep node 1 46500000 true",
  'keep modules "$(sha256sum < package-lock.json)" 1000000 false',
);
/** How often an export is killed, three times at most. */
const kills = Number(env.CNB_DOCKERFILE_TEST_KILLS ?? 1);
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** What is made beside the app. */
let work: string;
/** Cold build, on the BuildKit that caches are exported from. */
let filled: SecondBuildkit;
let cold: Readonly<Record<string, string>>;
/** Has built the app, and is offered what is no cache of it. */
let refusing: SecondBuildkit;
const others: SecondBuildkit[] = [];

/** A BuildKit that has nothing. */
async function fresh(name: string): Promise<SecondBuildkit> {
  const started = await startSecondBuildkit(lab, { name });
  others.push(started);
  return started;
}

const environmentOf = ({ address, environment }: SecondBuildkit) => ({
  ...environment,
  BUILDKIT_HOST: address,
});

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const start = Date.now();
  const result = await act();
  console.log(`${what}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** Builds the app. Out: its progress and the images' digests. */
async function built(
  buildkit: SecondBuildkit,
  words: readonly string[] = [both],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly log: string; readonly digests: Readonly<Record<string, string>> }> {
  const archive = join(work, "app.tar");
  // Of the image only the digests count: the compression that is quick.
  const output = `type=oci,dest=${archive},compression=zstd`;
  const all = ["--engine=buildkit", ...words, plain, "-o", output, "."];
  const log = await runBuildOrThrow(lab, app.directory, all, { ...environmentOf(buildkit), ...env });
  return { log, digests: (await archivedImages(archive)).digests };
}

/** Builds up to the stage that writes the cache, where the image is of no matter. Out: progress. */
function logOf(
  buildkit: SecondBuildkit,
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const all = ["--engine=buildkit", one, "--target=export", ...words, plain, "-o", "type=cacheonly", "."];
  return runBuildOrThrow(lab, app.directory, all, { ...environmentOf(buildkit), ...env });
}

function runCache(buildkit: SecondBuildkit, words: readonly string[]): Promise<ProgramResult> {
  return cnbDockerfile(app.directory, ["cache", ...words], {
    ...lab.environment,
    CNB_DOCKERFILE_IMAGE: "",
    ...environmentOf(buildkit),
  });
}

async function runCacheOrThrow(buildkit: SecondBuildkit, words: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runCache(buildkit, words);
  if (exitCode !== 0) throw new Error(`cache ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stderr;
}

/** How often a buildpack of the app said that it takes a layer from the cache: once for each platform. */
const reuses = (log: string, layer = "node") => log.split(`Reusing cached layer '${layer}'`).length - 1;

/** Steps of the lifecycle's. */
const isPhase = (title: string) => /\/cnb\/lifecycle\/(?:detector|restorer|builder)/.test(title);

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-carried-"));
  writeFileSync(join(app.directory, "package-lock.json"), "first");
  describeProject(lab, app.directory, "com.example.carried", caching);
  filled = await fresh("filled");
  const { log, digests } = await timed("cold build of two platforms", () => built(filled));
  expect(reuses(log)).toBe(0);
  cold = digests;
});
afterAll(async () => {
  for (const buildkit of others) await buildkit.close();
  app.remove();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

const place = () => join(work, "cache");

describe("a cache in a directory", () => {
  let other: SecondBuildkit;
  beforeAll(async () => {
    other = await fresh("directory");
  });
  afterAll(() => other.close());

  it("is written by buildctl and read by buildx, and a fresh BuildKit has every layer", async () => {
    const told = await timed("export into a directory", () =>
      runCacheOrThrow(filled, ["export", place(), both, plain, "--engine=buildkit", "."]),
    );
    console.log(lastLine(told));
    expect(lastLine(told)).toMatch(/^Written: \S+ \(sha256:[0-9a-f]{64}\), \d+\.\d MB$/);
    await timed("import from a directory", () =>
      runCacheOrThrow(other, ["import", place(), both, plain, "--engine=buildx", "."]),
    );
    const { log, digests } = await timed("build with an imported cache", () => built(other));
    expect(reuses(log)).toBe(2);
    expect(digests).toEqual(cold);
  });

  it("is what the mount holds now, and replaces what another mount held", async () => {
    const lock = join(app.directory, "package-lock.json");
    writeFileSync(lock, `${readFileSync(lock, "utf8")}\n`);
    const first = layoutDigest(place());
    expect(reuses(await logOf(filled), "modules")).toBe(0);
    await timed("export with some layers of one platform new", () =>
      runCacheOrThrow(filled, ["export", place(), both, plain, "--engine=buildkit", "."]),
    );
    expect(layoutDigest(place())).not.toBe(first);
    await runCacheOrThrow(other, ["import", place(), both, plain, "--engine=buildx", "."]);
    expect(reuses(await logOf(other), "modules")).toBe(1);
  });

  it("is whole whenever its export is killed", async () => {
    const wordsOf = (action: string) => ["cache", action, place(), one, plain, "--engine=buildkit", "."];
    const env = { ...lab.environment, CNB_DOCKERFILE_IMAGE: "", ...environmentOf(filled) };
    for (const afterMs of [1500, 700, 2500].slice(0, kills)) {
      const running = execa(process.execPath, [program, ...wordsOf("export")], {
        ...{ cwd: app.directory, env, reject: false, stdio: "ignore" },
      });
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      running.kill("SIGKILL");
      await running;
      await runCacheOrThrow(other, wordsOf("import").slice(1));
    }
    await runCacheOrThrow(filled, wordsOf("export").slice(1));
    expect(readdirSync(work).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

it("an import that is interrupted breaks no build, even where BuildKit cannot go on with it", async () => {
  const other = await fresh("interrupted");
  try {
    const words = ["import", place(), one, plain, "--engine=buildkit", "."];
    const env = { ...lab.environment, CNB_DOCKERFILE_IMAGE: "", ...environmentOf(other) };
    const running = execa(process.execPath, [program, "cache", ...words], {
      ...{ cwd: app.directory, env, reject: false, all: true },
    });
    // While a blob is on its way.
    for await (const line of running.iterable({ from: "all" })) {
      if (/cache:image\] OCI load|#\d+ sha256:.* 46\./.test(line)) running.kill("SIGINT");
    }
    expect((await running).exitCode).toBe(130);
    // docs/design/oddities.md: half a blob may stay in the way of the whole one.
    const log = await logOf(other, [`--buildpack-cache-from=${place()}`]);
    expect(log.includes("[cli/cache-not-imported]")).toBe(reuses(log) === 0);
  } finally {
    await other.close();
  }
});

it("a cache in a registry is written by buildx and read by buildctl", async () => {
  const name = `${lab.registry}/e2e/carried:main`;
  const told = await timed("export into a registry", () =>
    runCacheOrThrow(filled, ["export", name, both, plain, "--engine=buildx", "."]),
  );
  expect(lastLine(told)).toMatch(/^Pushed: \S+ \(sha256:[0-9a-f]{64}\)$/);
  const index = JSON.parse((await lab.crane(["manifest", name])).stdout) as {
    manifests: { platform: { architecture: string } }[];
  };
  expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64"]);
  // A cache that did not change is the same image.
  await runCacheOrThrow(filled, ["export", name, both, plain, "--engine=buildkit", "."]);
  expect(JSON.parse((await lab.crane(["manifest", name])).stdout)).toEqual(index);
  const other = await fresh("registry");
  try {
    await timed("import from a registry", () =>
      runCacheOrThrow(other, ["import", name, one, plain, "--engine=buildkit", "."]),
    );
    expect(reuses(await logOf(other), "modules")).toBe(1);
  } finally {
    await other.close();
  }
});

describe("a build between import and export", () => {
  // With a cache of its own, of which no BuildKit has seen anything.
  const words = (directory: string) => [
    ...[one, "--cache-id=ci", `--buildpack-cache-from=${directory}`, `--buildpack-cache-to=${directory}`],
  ];
  const inside = ".cnb-cache";
  let images: Readonly<Record<string, string>>;

  it("begins without, and leaves a cache that is no part of the app", async () => {
    const { log, digests } = await built(filled, words(inside));
    expect(log).toContain(`No buildpack cache in ${inside} yet.`);
    expect(log).toMatch(/^Written: \.cnb-cache \(sha256:/m);
    expect(reuses(log)).toBe(0);
    images = digests;
  });

  it("takes it up on the next machine, and makes the same image", async () => {
    const next = await fresh("ci");
    try {
      const { log, digests } = await built(next, words(inside));
      expect(reuses(log)).toBe(1);
      expect(digests).toEqual(images);
      // Nothing runs, so the mount is as it was, and so is what is written.
      const digest = layoutDigest(join(app.directory, inside));
      const again = await built(next, words(inside));
      expect(ranSteps(again.log.slice(again.log.indexOf("Imported:"))).filter(isPhase)).toEqual([]);
      expect(layoutDigest(join(app.directory, inside))).toBe(digest);
    } finally {
      await next.close();
      rmSync(join(app.directory, inside), { recursive: true, force: true });
    }
  });
});

describe("what cannot be imported", () => {
  const spoiled = () => join(work, "spoiled");
  const refusal = async (...words: string[]) => {
    const all = ["import", spoiled(), plain, "--engine=buildkit", ...words, "."];
    const { stderr, exitCode } = await runCache(refusing, all);
    expect(exitCode).toBe(1);
    return stderr;
  };
  beforeAll(async () => {
    refusing = await fresh("refusing");
  });

  it("is damaged: nothing is changed, and a build does without", async () => {
    cpSync(place(), spoiled(), { recursive: true });
    const blobs = join(spoiled(), "blobs", "sha256");
    const largest = readdirSync(blobs)
      .map((name) => ({ path: join(blobs, name), size: statSync(join(blobs, name)).size }))
      .sort((a, b) => b.size - a.size);
    truncateSync(largest[0]?.path ?? "", 1000);
    expect(await refusal(one)).toContain("[cli/cache-damaged]");
    const archive = join(work, "without.tar");
    const { stderr, exitCode } = await runBuild(
      ...[lab, app.directory],
      [
        ...[one, plain, "--engine=buildkit", `--buildpack-cache-from=${spoiled()}`],
        `-otype=oci,dest=${archive}`,
        ".",
      ],
      environmentOf(refusing),
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain("[cli/cache-not-imported]");
    expect(reuses(stderr)).toBe(0);
  });

  it("of another app is refused", async () => {
    rmSync(spoiled(), { recursive: true });
    cpSync(place(), spoiled(), { recursive: true });
    expect(await refusal(one, "--cache-id=other")).toMatch(
      /error\[export\/cache-of-another\]: The cache belongs to cnb-dockerfile\/\S+\/linux\/amd64, but this build is cnb-dockerfile\/other\/linux\/amd64\./,
    );
  });

  it("lacks a platform", async () => {
    expect(await refusal("--platform=linux/arm64")).toContain("[frontend/cache-unreadable]");
    // buildctl shows no warnings.
    const words = ["import", spoiled(), both, plain, "--engine=buildx", "."];
    expect(await runCacheOrThrow(refusing, words)).toContain("[frontend/cache-partly-unreadable]");
  });

  it("is told where no cache is there to export", async () => {
    const { stderr, exitCode } = await runCache(refusing, [
      ...["export", join(work, "none"), one, plain, "--engine=buildkit", "--cache-id=never", "."],
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[frontend/cache-empty]");
    expect(readdirSync(work).filter((name) => /none|partial/.test(name))).toEqual([]);
  });

  it("is no cache at all", async () => {
    rmSync(spoiled(), { recursive: true });
    const output = ["-o", `type=oci,dest=${spoiled()},tar=false`, one, plain, "--engine=buildkit", "."];
    await runBuildOrThrow(lab, app.directory, output, environmentOf(filled));
    expect(await refusal(one)).toContain("error[export/not-a-cache]");
  });

  it("belongs to a Dockerfile", async () => {
    const file = join(work, "Dockerfile");
    writeFileSync(file, "FROM scratch\nCOPY server.js /\n");
    const { stderr, exitCode } = await runCache(refusing, [
      "export",
      join(work, "none"),
      `--file=${file}`,
      ".",
    ]);
    expect([exitCode, stderr.includes("[cli/cache-of-dockerfile]")]).toEqual([1, true]);
  });
});

describe("BuildKit's own cache in a directory", () => {
  const store = () => join(work, "buildkit-cache");
  /** The lab's, where nobody else pulls it. */
  const builderRepository = "e2e/carried-builder";
  const builder = () => `${lab.registry}/${builderRepository}:1`;
  beforeAll(async () => {
    await lab.crane(["copy", lab.images.builder, builder()]);
    edit(join(app.directory, "project.toml"), lab.images.builder, builder());
  });

  it("spares a fresh BuildKit every step, and the builder", async () => {
    const variables = { BUILDKIT_LOCAL_CACHE_IMPORT: store(), BUILDKIT_LOCAL_CACHE_EXPORT: store() };
    const second = await fresh("local-1");
    try {
      const before = await built(refusing, [one], variables);
      expect(before.log.split(": no cache in").length - 1).toBe(1);
      const seen = (await lab.registryRequests(builderRepository)).length;
      const after = await timed("unchanged build with BuildKit's cache in a directory", () =>
        built(second, [one, `--cache-from=type=local,src=${store()}`]),
      );
      expect(ranSteps(after.log).filter(isWork)).toEqual([]);
      expect(after.digests).toEqual(before.digests);
      // Of the builder the config is read, for its labels, and no layer.
      const config = JSON.parse((await lab.crane(["manifest", "--platform=linux/amd64", builder()])).stdout)
        .config.digest;
      const blobs = (await lab.registryRequests(builderRepository))
        .slice(seen)
        .flatMap(({ method, path }) => (method === "GET" && path.includes("/blobs/") ? [path] : []));
      expect(blobs.filter((path) => !path.endsWith(config))).toEqual([]);
    } finally {
      await second.close();
    }
  });

  it("goes together with an imported buildpack cache", async () => {
    const other = await fresh("local-2");
    try {
      await runCacheOrThrow(other, ["import", place(), one, plain, "--engine=buildkit", "."]);
      writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
      const log = await logOf(other, [], { BUILDKIT_LOCAL_CACHE_IMPORT: store() });
      expect([reuses(log), reuses(log, "modules")]).toEqual([1, 1]);
    } finally {
      await other.close();
    }
  });
});
