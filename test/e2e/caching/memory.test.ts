import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuildOrThrow } from "../build-steps.ts";
import {
  configOf,
  digestOf,
  frontendBuild,
  isWork,
  predictedDigests,
  ranSteps,
  writeDescriptor,
} from "../frontend-steps.ts";
import { readImage } from "../image-reading.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";
import { buildOrThrow, generate } from "../steps.ts";

const platforms = ["linux/amd64", "linux/arm64"];
const run = Date.now();
let lab: Lab;
let work: string;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-memory-"));
});
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

const imageOf = (title: string) => `${lab.registry}/e2e/memory:${title}-${run}`;
/** A buildpack that keeps its layer, which is for launch alone, while `tool.version` is the same. */
const group = ["lab/keep", "lab/store"].map((id) => `\n[[io.buildpacks.group]]\nid = "${id}"\n`).join("");
const count = (log: string, text: string) => log.split("\n").filter((line) => line.includes(text)).length;

const amd64 = ["linux/amd64"];
/** Each platform has its own memory, which the one that is emulated shows once. */
const platformsOf = (door: string) => (door === "frontend" ? platforms : amd64);

type Door = (directory: string, app: App) => Promise<string>;
interface App {
  readonly title: string;
  readonly name: string;
  readonly on?: readonly string[];
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const doors: Readonly<Record<string, Door>> = {
  frontend: (directory, { title, name, on = platforms, words = [], env = {} }) => {
    writeDescriptor(lab, directory, `com.example.memory-${title}-${run}`, group);
    return frontendBuild(lab, {
      ...{ context: directory, platforms: on, name, env },
      words: ["--file=project.toml", ...words],
    });
  },
  command: (directory, { title, name, on = platforms, words = [], env = {} }) => {
    describeProject(lab, directory, `com.example.memory-${title}-${run}`, group);
    const where = [`--platform=${on.join(",")}`, `--tag=${name}`, "--push"];
    return runBuildOrThrow(lab, directory, ["--progress=plain", ...where, ...words], env);
  },
  "generated Dockerfile": async (directory, { title, name, on = platforms }) => {
    describeProject(lab, directory, `com.example.memory-${title}-${run}`, group);
    const dockerfile = await generate(directory, [`--platform=${on.join(",")}`]);
    return buildOrThrow(lab, { directory, dockerfile, platforms: on, name });
  },
};

function makeApp(title: string): string {
  const directory = join(work, title);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "tool.version"), "1");
  edit(directory, "first");
  return directory;
}

/**
 * No other app has the same source: BuildKit has one step for equal ones of builds that run at once, and tells each of
 * them all that it said, also when it had ended before.
 */
function edit(directory: string, text: string): void {
  writeFileSync(join(directory, "app.txt"), text);
  writeFileSync(join(directory, "unique.txt"), directory);
}

const layersOf = async (name: string, platform: string) => {
  const { files } = await readImage(lab, name, platform);
  return new Map(
    [...files].filter(([path]) => path.startsWith("/layers/lab_keep/") || path.startsWith("/layers/sbom/")),
  );
};

/** `command` is no further one: it hands the project to the frontend. What it adds is below: the image that it replaces. */
describe.each(Object.entries(doors).filter(([title]) => title !== "command"))(
  "a changed line keeps what is in the last image alone: %s",
  (title, build) => {
    const on = platformsOf(title);
    const logs: string[] = [];
    const images: Map<string, unknown>[][] = [];
    const digests: string[] = [];
    const labels: unknown[] = [];

    beforeAll(async () => {
      const app = { title: title.replaceAll(" ", "-"), name: imageOf(title.replaceAll(" ", "-")), on };
      const directory = makeApp(app.title);
      for (const [index, text] of ["first", "second", "third", "third"].entries()) {
        edit(directory, text);
        // The emulated platform's memory is written by the first build and read by the second.
        const some = index < 2 ? on : amd64;
        logs.push(await build(directory, { ...app, on: some }));
        images.push(await Promise.all(some.map((platform) => layersOf(app.name, platform))));
        digests.push(await digestOf(lab, app.name, "linux/amd64"));
        const { config } = await configOf(lab, app.name, "linux/amd64");
        labels.push(JSON.parse(config.Labels["io.buildpacks.lifecycle.metadata"] ?? "{}").buildpacks?.[0]);
      }
    });

    it("makes the layer once, and keeps it on each platform in the builds after", () => {
      expect(logs.map((log) => count(log, "making layer 'tool'"))).toEqual([on.length, 0, 0, 0]);
      expect(logs.map((log) => count(log, "keeping layer 'tool'"))).toEqual([0, on.length, 1, 0]);
    });

    it("has the very files, modes and bills of materials of the first image, by the digests that the label has", async () => {
      expect(images[0]?.[0]?.size).toBeGreaterThan(5);
      expect(images[1]).toEqual(images[0]);
      expect(images[2]).toEqual(images[0]?.slice(0, 1));
      expect(labels[1]).toEqual(labels[0]);
      if (title === "generated Dockerfile") return;
      const config = await configOf(lab, imageOf(title), "linux/amd64");
      const predicted = predictedDigests(config);
      expect(config.rootfs.diff_ids.slice(-predicted.length)).toEqual(predicted);
    });

    it("remembers what the buildpack stored", () => {
      const counts = logs.map((log) =>
        /build (\d+) by store\.toml, build (\d+) by the cached layer/.exec(log),
      );
      expect(counts.map((match) => match?.slice(1))).toEqual([["1", "1"], ["2", "2"], ["3", "3"], undefined]);
      // A Dockerfile alone cannot write the label.
      if (title !== "generated Dockerfile")
        expect(labels[2]).toMatchObject({ store: { metadata: { first: "first" } } });
    });

    it("runs nothing for the same source", () => {
      expect(ranSteps(logs[3] ?? "").filter(isWork), logs[3]).toEqual([]);
      expect(digests[3]).toBe(digests[2]);
    });

    it("makes the layer when its buildpack no longer keeps it, and for nobody else", async () => {
      const app = { title: title.replaceAll(" ", "-"), name: imageOf(title.replaceAll(" ", "-")), on: amd64 };
      const directory = makeApp(app.title);
      writeFileSync(join(directory, "tool.version"), "2");
      edit(directory, "fourth");
      expect(count(await build(directory, app), "making layer 'tool'")).toBe(1);
      const other = { ...app, title: `${app.title}-other` };
      expect(count(await build(makeApp(other.title), other), "making layer 'tool'")).toBe(1);
    });
  },
);

describe("what is remembered", () => {
  const on = amd64;
  const frontend = doors.frontend as Door;
  const command = doors.command as Door;

  it("is ignored for --no-cache, another run image and another execution environment", async () => {
    const title = "ignored";
    const app = { title, name: imageOf(title), on };
    const directory = makeApp(title);
    const patched = `--build-arg=CNB_RUN_IMAGE=${lab.images.runBasePatched}`;
    // Each remembers what the one before made, and differs from it in one thing.
    for (const [text, words] of [
      ["first", []],
      ["--no-cache", ["--no-cache"]],
      ["another run image", [patched]],
      ["another execution environment", [patched, "--build-arg=CNB_EXEC_ENV=test"]],
    ] as const) {
      edit(directory, text);
      const log = await frontend(directory, { ...app, words });
      expect(count(log, "making layer 'tool'"), text).toBe(1);
      expect((await lab.execute(app.name, "linux/amd64")).stdout).toBe(text);
    }
  });

  it.each(["frontend", "generated Dockerfile"])(
    "has a layer that was for the build, too, when its buildpack leaves its metadata alone: %s",
    async (door) => {
      const title = `built-${door.replaceAll(" ", "-")}`;
      const app = { title, name: imageOf(title), on };
      const directory = makeApp(title);
      writeFileSync(join(directory, "tool.types"), "launch build");
      writeFileSync(join(directory, "tool.blind"), "");
      const build = doors[door] as Door;
      const images: Map<string, unknown>[] = [];
      for (const [text, line] of [
        ["first", "making layer 'tool'"],
        ["second", "keeping layer 'tool'"],
        ["third", "keeping layer 'tool'"],
      ] as const) {
        edit(directory, text);
        expect(count(await build(directory, app), line)).toBe(1);
        images.push(await layersOf(app.name, "linux/amd64"));
      }
      expect(images[0]?.size).toBeGreaterThan(5);
      expect(images.slice(1)).toEqual([images[0], images[0]]);
    },
  );

  it("stays, and no buildpack runs, upon a patched digest of the run image", async () => {
    const app = { title: "patched", name: imageOf("patched"), on };
    const moving = `${lab.registry}/e2e/memory:run-${run}`;
    const words = [`--build-arg=CNB_RUN_IMAGE=${moving}`];
    const directory = makeApp("patched");
    await lab.crane(["copy", lab.images.runBase, moving]);
    edit(directory, "first");
    await frontend(directory, { ...app, words });
    await lab.crane(["copy", lab.images.runBasePatched, moving]);
    const patched = await frontend(directory, { ...app, words });
    expect(ranSteps(patched).filter((title) => title.includes("RUN"))).toEqual([]);
    edit(directory, "second");
    expect(count(await frontend(directory, { ...app, words }), "keeping layer 'tool'")).toBe(1);
  });

  it("is the replaced image's on a BuildKit that has never seen the app, where `build` pushes", async () => {
    const app = { title: "replaced", name: imageOf("replaced"), on };
    const directory = makeApp("replaced");
    edit(directory, "first");
    await command(directory, app);
    const fresh = await startSecondBuildkit(lab, { name: "memory-fresh" });
    try {
      edit(directory, "second");
      const log = await command(directory, { ...app, env: fresh.environment });
      expect(count(log, "keeping layer 'tool'"), log).toBe(1);
      // The layer tells of which source it was made.
      expect((await lab.execute(app.name, "linux/amd64")).stdout).toBe("first");
      const again = await command(directory, { ...app, env: fresh.environment });
      expect(ranSteps(again).filter(isWork), again).toEqual([]);
      edit(directory, "third");
      expect(
        count(await command(directory, { ...app, env: fresh.environment }), "keeping layer 'tool'"),
      ).toBe(1);
      // Without a push, nothing is asked for: an app that this BuildKit does not know is made whole.
      const other = { ...app, title: "replaced-other" };
      const unpushed = [`--output=type=oci,dest=${join(work, "unpushed.tar")}`];
      describeProject(lab, makeApp(other.title), `com.example.memory-${other.title}-${run}`, group);
      const words = ["--progress=plain", "--platform=linux/amd64", `--tag=${app.name}`, ...unpushed];
      const made = await runBuildOrThrow(lab, join(work, other.title), words, fresh.environment);
      expect(count(made, "making layer 'tool'")).toBe(1);
    } finally {
      await fresh.close();
    }
  });

  it("holds what was kept of an image that was named, on a BuildKit that has never seen the app", async () => {
    const app = { title: "named", name: imageOf("named"), on };
    const directory = makeApp("named");
    edit(directory, "first");
    await frontend(directory, app);
    const before = await layersOf(app.name, "linux/amd64");
    const fresh = await startSecondBuildkit(lab, { name: "memory-named" });
    try {
      const env = fresh.environment;
      const named = [`--build-arg=CNB_PREVIOUS_IMAGE=${app.name}`];
      const builds = [
        ["second", named],
        ["third", []],
        ["fourth", named],
        ["fifth", [...named, "--no-cache"]],
        ["sixth", []],
      ] as const;
      for (const [text, words] of builds) {
        edit(directory, text);
        const log = await frontend(directory, { ...app, words, env });
        expect(count(log, "keeping layer 'tool'"), `${text}:\n${log}`).toBe(1);
        expect(await layersOf(app.name, "linux/amd64")).toEqual(before);
      }
    } finally {
      await fresh.close();
    }
  });

  it("is nothing, with a warning, where the replaced image cannot be read", async () => {
    const title = "unreadable";
    const app = { title, name: imageOf(title), on };
    const broken = `FROM scratch\nLABEL io.buildpacks.lifecycle.metadata="{"\n`;
    const words = [
      "build",
      "--push",
      "--provenance=false",
      "--platform=linux/amd64",
      `--tag=${app.name}`,
      "-",
    ];
    await lab.buildx(words, { input: broken });
    const directory = makeApp(title);
    edit(directory, "first");
    const log = await command(directory, app);
    expect(log).toContain("frontend/replaced-image-unreadable");
    expect(count(log, "making layer 'tool'")).toBe(1);
  });
});
