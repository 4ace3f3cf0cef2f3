import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type BuildRun, buildRunJson, stagePlace } from "../../../src/build/outputs/build-run.ts";
import { parseTraceSteps, type TracedStep } from "../../../src/engines/run/trace-steps.ts";

/*
 * traces/*.jsonl are what BuildKit 0.33.1 told of a Dockerfile with stages of our names for two platforms that run on one machine,
 * linux/amd64 and linux/386: `buildctl build --trace`, and `buildx history logs --progress=rawjson` (history). Digests are
 * cut short; lines without steps are left out.
 */
const recorded = (name: string) =>
  parseTraceSteps(readFileSync(join(import.meta.dirname, "traces", `${name}.jsonl`), "utf8"));
const both = ["linux/amd64", "linux/386"];

/** `PHASE=STATUS WHY` of each phase, and whether each that ran took a while. */
function told(steps: readonly TracedStep[], more: Partial<BuildRun> = {}) {
  const { platforms = [] } = buildRunJson({ steps, platforms: both, noCache: [], ...more });
  return Object.fromEntries(
    platforms.map(({ platform, phases }) => [
      platform,
      phases.map(({ name, status, why = [], seconds }) => {
        expect(seconds === undefined || (seconds > 0.1 && seconds < 2), `${name}: ${seconds}`).toBe(true);
        expect(seconds === undefined).toBe(status === "cached");
        return [name, status, ...why].join(" ");
      }),
    ]),
  );
}
const ofBoth = (phases: readonly string[]) => Object.fromEntries(both.map((one) => [one, phases]));
const names = ["source", "builder", "detect", "restore", "build", "export"];
const cachedPhases = names.map((name) => `${name} cached`);

describe("why phases ran", () => {
  it("in a first build: everything was made", () => {
    expect(told(recorded("first"))).toEqual(
      ofBoth([
        "source ran source",
        "builder ran builder",
        ...["detect", "restore", "build", "export"].map((name) => `${name} ran source builder`),
      ]),
    );
  });

  it("not at all where nothing changed", () => {
    expect(told(recorded("unchanged"))).toEqual(ofBoth(cachedPhases));
    expect(
      buildRunJson({ steps: recorded("unchanged"), platforms: both, noCache: [] }).platforms,
    ).toHaveLength(2);
  });

  it("for the source alone, with buildctl's trace and with buildx's history", () => {
    const phases = [
      "source ran source",
      "builder cached",
      ...["detect", "restore", "build", "export"].map((name) => `${name} ran source`),
    ];
    expect(told(recorded("source"))).toEqual(ofBoth(phases));
    expect(told(recorded("history"))).toEqual(ofBoth(phases));
  });

  it("for the builder, whose step ran; what comes to the same content again stops there", () => {
    const { "linux/amd64": phases } = told(recorded("settings"));
    expect(phases).toEqual([
      "source ran source",
      "builder ran builder",
      "detect ran source builder",
      "restore ran source builder",
      "build ran source builder",
      "export cached",
    ]);
  });

  it("for its own command, where nothing that it takes was made", () => {
    expect(told(recorded("command"))).toEqual(
      // The Dockerfile lies in the source, which came to the same files again, and so did the build.
      ofBoth(["source ran source", ...cachedPhases.slice(1, 4), "build ran cache-miss", "export cached"]),
    );
  });

  it("for the list of cached layers, where neither source nor builder did", () => {
    const step = (id: string, name: string, inputs: readonly string[]) => ({
      ...{ id, name, inputs, outcome: "ran" as const, ranMs: 500 },
    });
    const steps = [
      { ...step("source", "[linux/amd64 source 1/1] RUN x", ["tool"]), outcome: "cached" as const, ranMs: 0 },
      step("cached", "[linux/amd64 cached 1/1] RUN x", ["source"]),
      step("offer", "[linux/amd64 restore 1/2] COPY --from=cached x", ["cached"]),
      step("restore", "[linux/amd64 restore 2/2] RUN x", ["offer"]),
    ];
    expect(told(steps)).toEqual({ "linux/amd64": ["source cached", "restore ran buildpack-cache"] });
  });

  it("for a flag", () => {
    const all = told(recorded("first"), { noCache: "all" });
    expect(new Set(Object.values(all).flat())).toEqual(new Set(names.map((name) => `${name} ran no-cache`)));
    const some = told(recorded("command"), { noCache: ["build"] });
    expect(some["linux/386"]?.slice(4)).toEqual(["build ran no-cache", "export cached"]);
    expect(told(recorded("command"), { noCache: ["detect"] })).toEqual(told(recorded("command")));
  });
});

it("a phase that failed is told with those before it, and those after it are left out", () => {
  const failed = told(recorded("failed"));
  const [platform] =
    Object.entries(failed).find(([, phases]) => phases.some((text) => text.startsWith("build failed"))) ?? [];
  expect(platform).toBeDefined();
  expect(
    Object.values(failed)
      .flat()
      .filter((text) => /^export/.test(text)),
  ).toEqual([]);
});

it("a step of two parts of a build ran if it ran for one of them", () => {
  const parts = [
    ...recorded("first"),
    ...recorded("first").map((step) => ({ ...step, outcome: "cached" as const, ranMs: 0 })),
  ];
  expect(told(parts)).toEqual(told(recorded("first")));
});

it("the slowest steps stand first, at most ten, with short titles", () => {
  const { slowestSteps = [] } = buildRunJson({ steps: recorded("first"), platforms: both, noCache: [] });
  expect(slowestSteps).toHaveLength(10);
  expect(slowestSteps.map(({ seconds }) => seconds)).toEqual(
    slowestSteps.map(({ seconds }) => seconds).toSorted((one, other) => other - one),
  );
  const long = { id: "a", inputs: [], name: "x".repeat(1000), outcome: "ran" as const, ranMs: 1234 };
  const short = { ...long, id: "b", name: "quick", ranMs: 99 };
  expect(buildRunJson({ steps: [short, long], platforms: both, noCache: [] })).toEqual({
    slowestSteps: [{ name: `${"x".repeat(199)}…`, seconds: 1.234 }],
  });
});

it("layers are reused where no step of their title ran, and their bytes count", () => {
  const layer = (id: string, title: string, outcome: TracedStep["outcome"]) => ({
    ...{ id, inputs: ["sha256:x"], name: `[linux/amd64] layer: ${title}`, outcome, ranMs: 5 },
  });
  const steps = [layer("1", "app", "ran"), layer("2", "node", "cached"), layer("3", "launcher", "waiting")];
  const layers = {
    "linux/amd64": ["app", "node", "launcher"].map((title, index) => ({
      title: `[linux/amd64] layer: ${title}`,
      sizeBytes: 10 ** index,
    })),
  };
  expect(buildRunJson({ steps, platforms: both, noCache: [], layers }).platforms).toEqual([
    { platform: "linux/amd64", phases: [], layers: { count: 3, reused: 2, bytes: 111, reusedBytes: 110 } },
  ]);
});

it("without steps nothing is told", () => {
  expect(buildRunJson({ steps: [], platforms: both, noCache: [], layers: { "linux/amd64": [] } })).toEqual(
    {},
  );
});

it.each([
  ["[linux/arm64 detect 2/3] RUN x", { platform: "linux/arm64", stage: "detect", instruction: "RUN" }],
  ["[linux/amd64->arm64 cached 1/1] RUN x", { platform: "linux/arm64", stage: "cached", instruction: "RUN" }],
  [
    "[linux/amd64->arm/v7 export  1/12] COPY x",
    { platform: "linux/arm/v7", stage: "export", instruction: "COPY" },
  ],
  ["[linux/arm/v7 build 1/2] RUN x", { platform: "linux/arm/v7", stage: "build", instruction: "RUN" }],
  [
    "[linux/amd64->windows/amd64 build 1/2] RUN x",
    { platform: "windows/amd64", stage: "build", instruction: "RUN" },
  ],
  ["[build 1/1] RUN x", { stage: "build", instruction: "RUN" }],
  ["[linux/arm64] layer: app", undefined],
  ["[internal] load build context", undefined],
  ["exporting to image", undefined],
])("%s stands where its title says", (title, place) => {
  expect(stagePlace(title)).toEqual(place);
});
