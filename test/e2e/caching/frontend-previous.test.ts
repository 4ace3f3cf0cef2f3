import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import {
  configOf,
  digestOf,
  frontendBuild,
  type ImageConfig,
  isWork,
  predictedDigests,
  ranSteps,
  writeDescriptor,
} from "../frontend-steps.ts";
import { readImage } from "../image-reading.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";

const platforms = ["linux/amd64", "linux/arm64"];
let lab: Lab;
let parent: string;
/** Tells the images of this run from those that an earlier one left in the registry. */
const run = Date.now();

beforeAll(async () => {
  lab = await startLab();
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-previous-"));
});
afterAll(async () => {
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

const imageName = (tag: string) => `${lab.registry}/e2e/previous:${tag}-${run}`;

/** An app for one buildpack. In: its name, which is also the cache's. */
function makeApp(name: string, buildpack: string): string {
  const directory = join(parent, name);
  mkdirSync(directory);
  const group = `\n[[io.buildpacks.group]]\nid = "${buildpack}"\n`;
  writeDescriptor(lab, directory, `com.example.previous-${name}-${run}`, group);
  writeFileSync(join(directory, "tool.version"), "1");
  return directory;
}

interface Upon {
  readonly name: string;
  readonly on?: readonly string[];
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Builds the app with that source, upon the image of that name and over it. Out: progress. */
async function build(
  directory: string,
  source: string,
  { name, on = platforms, words = [], env = {} }: Upon,
): Promise<string> {
  writeFileSync(join(directory, "app.txt"), source);
  // Unlike any other app: see memory.test.ts.
  writeFileSync(join(directory, "unique.txt"), directory);
  return frontendBuild(lab, {
    ...{ context: directory, platforms: on, name, env },
    words: ["--file=project.toml", `--build-arg=CNB_PREVIOUS_IMAGE=${name}`, ...words],
  });
}

const count = (log: string, text: string) => log.split("\n").filter((line) => line.includes(text)).length;
const labelOf = (config: ImageConfig) =>
  JSON.parse(config.config.Labels["io.buildpacks.lifecycle.metadata"] ?? "{}").buildpacks[0];

describe("a build upon the image that it replaces", () => {
  const logs: string[] = [];
  const digests: string[] = [];
  const configs: ImageConfig[] = [];
  let directory: string;
  let name: string;

  beforeAll(async () => {
    directory = makeApp("keep", "lab/keep");
    name = imageName("keep");
    for (const source of ["first", "second", "second"]) {
      logs.push(await build(directory, `${source} ${run}`, { name }));
      digests.push(await digestOf(lab, name));
      configs.push(await configOf(lab, name, "linux/amd64"));
    }
  });

  it("says that there is none before the first one, and makes its layers", () => {
    expect(logs[0]).toContain(`There is no image ${name} yet`);
    expect(count(logs[0] ?? "", "making layer 'tool'")).toBe(platforms.length);
  });

  it("lets a buildpack keep a layer without its contents on each platform", () => {
    expect(logs[1]).not.toContain("There is no image");
    expect(count(logs[1] ?? "", "keeping layer 'tool'")).toBe(platforms.length);
    expect(logs[1]).not.toContain("making layer 'tool'");
    expect(digests[1]).not.toBe(digests[0]);
  });

  it.each(platforms)(
    "has that layer, with its bill of materials, modes and true digests, on %s",
    async (platform) => {
      const config = await configOf(lab, name, platform);
      const predicted = predictedDigests(config);
      expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
      const { files } = await readImage(lab, name, platform);
      const at = (path: string) => files.get(`/layers/lab_keep/tool/${path}`);
      const own = { owner: "1001:1000", time: "1980-01-01T00:00:01.000Z" };
      expect(at("bin/tell")).toMatchObject({ mode: "4755", ...own });
      expect(at("bin/private")).toMatchObject({ kind: "directory", mode: "3770", ...own });
      expect(at("bin/say")).toMatchObject({ kind: "link", content: "tell", ...own });
      expect(files.has("/layers/sbom/launch/lab_keep/tool/sbom.cdx.json")).toBe(true);
      const { stdout } = await lab.execute(name, platform);
      expect(stdout).toBe(`first ${run}`);
    },
  );

  it("has the layer's very digest, data and types, and what the buildpack stored first", () => {
    const [before, after] = [configs[0], configs[1]].map((config) => config && labelOf(config));
    expect(after).toEqual(before);
    expect(after).toMatchObject({
      layers: { tool: { data: { version: "1" }, build: false, launch: true, cache: false } },
      store: { metadata: { first: `first ${run}` } },
    });
  });

  it("runs nothing a third time, upon an image of another digest that holds the same", () => {
    expect(ranSteps(logs[2] ?? "").filter(isWork), logs[2]).toEqual([]);
    expect(digests[2]).toBe(digests[1]);
  });

  it("keeps the same on a fresh BuildKit, which has to pull the image", async () => {
    const fresh = await startSecondBuildkit(lab, { name: "fresh" });
    // Another platform's image is pulled no other way, and the emulated one takes most of the time.
    const pulled = imageName("pulled");
    await lab.crane(["copy", name, pulled]);
    try {
      const on = ["linux/amd64"];
      const log = await build(directory, `second ${run}`, { name: pulled, on, env: fresh.environment });
      expect(count(log, "keeping layer 'tool'")).toBe(1);
      expect(await digestOf(lab, pulled, "linux/amd64")).toBe(await digestOf(lab, name, "linux/amd64"));
    } finally {
      await fresh.close();
    }
  });

  it("says which layer is gone from an image that somebody changed since", async () => {
    const changed = imageName("changed");
    const dockerfile = `FROM ${name}\nUSER 0\nRUN ["/bin/rm", "-r", "/layers/lab_keep/tool"]\n`;
    const words = [
      "build",
      "--push",
      "--provenance=false",
      "--platform=linux/amd64",
      `--tag=${changed}`,
      "-",
    ];
    await lab.buildx(words, { input: dockerfile });
    const failed = build(directory, `third ${run}`, { name: changed, on: ["linux/amd64"] });
    await expect(failed).rejects.toThrow(
      /has no \/layers\/lab_keep\/tool, .*\[frontend\/previous-layer-gone\]/,
    );
  });

  it.each([
    [
      "another run image",
      () => `CNB_RUN_IMAGE=${lab.images.runBasePatched}`,
      "another version of the run image",
    ],
    [
      "another execution environment",
      () => "CNB_EXEC_ENV=test",
      'for the execution environment "production"',
    ],
  ])("is not possible for %s, and the build says so", async (_, argument, reason) => {
    const other = imageName("other");
    await lab.crane(["copy", name, other]);
    const words = [`--build-arg=${argument()}`, "--no-cache-filter=build"];
    const log = await build(directory, `third ${run}`, { name: other, on: ["linux/amd64"], words });
    expect(log).toContain(`${other} is not used as previous image for linux/amd64`);
    expect(log).toContain(reason);
    expect(log).toContain("making layer 'tool'");
    expect((await lab.execute(other, "linux/amd64")).stdout).toBe(`third ${run}`);
  });
});

it("an image of one platform is none for another", async () => {
  const directory = makeApp("half", "lab/keep");
  const name = imageName("half");
  await build(directory, "first", { name, on: ["linux/amd64"] });
  const log = await build(directory, "second", { name });
  expect(log).toContain(`${name} is not used as previous image for linux/arm64: it is for linux/amd64`);
  const told = await Promise.all(platforms.map((platform) => lab.execute(name, platform)));
  expect(told.map(({ stdout }) => stdout)).toEqual(["first", "second"]);
});

it.each(["0.12", "0.13", "0.14", "0.15"])(
  "at Platform API %s, cached layers and stores come back side by side",
  async (api) => {
    const directory = makeApp(`store-${api}`, "lab/store");
    const name = imageName(`store-${api}`);
    const words = [`--build-arg=CNB_PLATFORM_API=${api}`];
    const logs = [
      await build(directory, "first", { name, on: ["linux/amd64"], words }),
      await build(directory, "second", { name, on: ["linux/amd64"], words }),
    ];
    const counts = logs.map((log) => /build (\d+) by store\.toml, build (\d+) by the cached layer/.exec(log));
    expect(counts.map((match) => match?.slice(1))).toEqual([
      ["1", "1"],
      ["2", "2"],
    ]);
  },
);
