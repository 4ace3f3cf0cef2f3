import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import schema from "../../../schema/build.schema.json" with { type: "json" };
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { describeProject, runBuild } from "../build-steps.ts";
import { layerDigests } from "../steps.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

interface Told {
  readonly platforms?: readonly {
    readonly platform: string;
    readonly phases: readonly {
      readonly name: string;
      readonly status: string;
      readonly why?: readonly string[];
      readonly seconds?: number;
    }[];
    readonly layers?: {
      readonly count: number;
      readonly reused: number;
      readonly bytes: number;
      readonly reusedBytes: number;
    };
  }[];
  readonly slowestSteps?: readonly { readonly name: string; readonly seconds: number }[];
}

const validate = new Ajv({ strict: true, formats: { "date-time": true } }).compile(schema);

// What differs by the engine is how its progress is read; of which platform a step is, both say alike.
const engines = [
  { engine: "buildx", platforms: ["linux/amd64", "linux/arm64"] },
  { engine: "buildkit", platforms: ["linux/amd64"] },
] as const;

describe.each(engines)("`build --json` by the engine $engine", ({ engine, platforms }) => {
  let app: ReturnType<typeof copySampleApp>;
  const name = () => `${lab.registry}/e2e/build-json:${engine}`;
  beforeAll(() => {
    app = copySampleApp("procfile");
    describeProject(lab, app.directory, `com.example.json.${engine}.${Date.now()}`);
  });
  afterAll(() => app.remove());

  async function build(words: readonly string[] = []): Promise<Told> {
    const { stdout, stderr, exitCode } = await runBuild(lab, app.directory, [
      ...[`--engine=${engine}`, `--platform=${platforms.join(",")}`, "--json", "-q"],
      ...["-t", name(), "--push", ...words, "."],
    ]);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toBe("");
    const told = JSON.parse(stdout);
    expect(validate(told), JSON.stringify(validate.errors)).toBe(true);
    return told;
  }
  const change = () => writeFileSync(join(app.directory, "changed.txt"), `${engine} ${Date.now()}`);
  const statusOf = (told: Told, platform: string) =>
    Object.fromEntries(
      told.platforms
        ?.find((one) => one.platform === platform)
        ?.phases.map(({ name, status, why }) => [name, [status, ...(why ?? [])].join(" ")]) ?? [],
    );
  /** Layers that were made in this build, of all platforms. */
  const made = ({ platforms: all = [] }: Told) =>
    all.reduce((sum, { layers }) => sum + (layers?.count ?? 0) - (layers?.reused ?? 0), 0);
  const phases = ["detect", "restore", "build", "export"];

  it("says of a first build that its phases ran, how long, and how large its layers are", async () => {
    change();
    const told = await build();
    for (const platform of platforms) {
      const status = statusOf(told, platform);
      expect(status.source).toBe("ran source");
      for (const phase of phases)
        expect(status[phase], `${platform} ${phase}`).toMatch(/^ran (source|builder)/);
      const one = told.platforms?.find((each) => each.platform === platform);
      for (const { status: ended, seconds } of one?.phases ?? []) {
        expect(seconds === undefined).toBe(ended === "cached");
      }
      const { count = 0, bytes = 0 } = one?.layers ?? {};
      const run = await layerDigests(lab, lab.images.runBase, platform);
      expect(count).toBe((await layerDigests(lab, name(), platform)).length - run.length);
      expect(bytes).toBeGreaterThan(1000);
    }
    expect(made(told)).toBeGreaterThan(0);
    expect(told.slowestSteps?.length).toBeGreaterThan(0);
  });

  it("says of the same build again that everything was cached", async () => {
    const told = await build();
    for (const platform of platforms) {
      expect(new Set(Object.values(statusOf(told, platform)))).toEqual(new Set(["cached"]));
      const { count, reused, bytes, reusedBytes } = told.platforms?.find((one) => one.platform === platform)
        ?.layers ?? { count: 0 };
      expect({ reused, reusedBytes }).toEqual({ reused: count, reusedBytes: bytes });
    }
  });

  it("says that a changed source made the phases run, and which layers stayed", async () => {
    change();
    const told = await build();
    for (const platform of platforms) {
      expect(statusOf(told, platform)).toMatchObject({
        ...{ source: "ran source", builder: "cached" },
        ...Object.fromEntries(phases.map((phase) => [phase, "ran source"])),
      });
      expect(told.platforms?.find((one) => one.platform === platform)?.layers?.reused).toBeGreaterThan(0);
    }
    // The app's files are the same for both platforms, so one of them finds the layer of the other.
    expect(made(told)).toBeGreaterThan(0);
  });

  it("says that a changed variable made the builder, and that it is a flag that runs all", async () => {
    const variable = `--env=A_VARIABLE=${engine}-${Date.now()}`;
    const told = await build([variable]);
    expect(statusOf(told, "linux/amd64")).toMatchObject({
      ...{ source: "cached", builder: "ran builder", build: "ran builder" },
    });
    const again = await build([variable, "--no-cache"]);
    expect(statusOf(again, platforms.at(-1) ?? "")).toMatchObject({
      detect: "ran no-cache",
      build: "ran no-cache",
    });
  });
});
