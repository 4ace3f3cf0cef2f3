import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/start.ts";
import { copySampleApp } from "../workspace.ts";
import { archivedImages, lastLine, runBuildOrThrow } from "./build-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "./second-buildkit.ts";
import { cnbDockerfile, type ProgramResult } from "./steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const both = `--platform=${platforms.join(",")}`;
const plain = "--progress=plain";
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** What is made beside the app. */
let work: string;
/** Cold build, on the BuildKit that caches are exported from. */
let filled: SecondBuildkit;
let cold: Readonly<Record<string, string>>;
const others: SecondBuildkit[] = [];

/** A BuildKit that has nothing. */
async function fresh(name: string): Promise<SecondBuildkit> {
  const configuration = `[registry."${lab.registry}"]\n  http = true\n`;
  const started = await startSecondBuildkit(lab, { name, snapshotter: "overlayfs", configuration });
  others.push(started);
  return started;
}

const environmentOf = ({ address, environment }: SecondBuildkit) => ({
  ...environment,
  BUILDKIT_HOST: address,
});

function describeProject(id: string): void {
  writeFileSync(
    join(app.directory, "project.toml"),
    `[_]
schema-version = "0.2"
id = "${id}"

[io.buildpacks]
builder = "${lab.images.builder}"
`,
  );
}

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const start = Date.now();
  const result = await act();
  console.log(`${what}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** Builds the app for both platforms. Out: its progress and the images' digests. */
async function built(
  buildkit: SecondBuildkit,
  words: readonly string[] = ["--engine=buildkit"],
): Promise<{ readonly log: string; readonly digests: Readonly<Record<string, string>> }> {
  const archive = join(work, "app.tar");
  const all = [...words, both, plain, "-o", `type=oci,dest=${archive}`, "."];
  const log = await runBuildOrThrow(lab, app.directory, all, environmentOf(buildkit));
  return { log, digests: (await archivedImages(archive)).digests };
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
const reuses = (log: string) => log.match(/Reusing cached layer 'node'/g)?.length ?? 0;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("node-web");
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-carried-"));
  describeProject("com.example.carried");
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

describe("a cache in a directory", () => {
  const place = () => join(work, "cache");

  it("is written by buildctl and read by buildx, and a fresh BuildKit has every layer", async () => {
    const told = await timed("export into a directory", () =>
      runCacheOrThrow(filled, ["export", place(), both, plain, "--engine=buildkit", "."]),
    );
    console.log(lastLine(told));
    expect(lastLine(told)).toMatch(/^Written: \S+ \(sha256:[0-9a-f]{64}\), \d+\.\d MB$/);
    const other = await fresh("directory");
    await timed("import from a directory", () =>
      runCacheOrThrow(other, ["import", place(), both, plain, "--engine=buildx", "."]),
    );
    const { log, digests } = await timed("build with an imported cache", () => built(other));
    expect(reuses(log)).toBe(2);
    expect(digests).toEqual(cold);
  });
});
