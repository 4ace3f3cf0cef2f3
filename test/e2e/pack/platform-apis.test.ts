import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@iarna/toml";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platformApiBuilder, platformApis } from "../../lab/images.ts";
import type { Lab } from "../../lab/lab.ts";
import { contentOf, type PhaseReading, readingOf, readingsIn } from "../../lab/probe-reading.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, generate } from "../steps.ts";

type Api = (typeof platformApis)[number];

/** What each phase told, by its name. */
type Phases = ReadonlyMap<string, PhaseReading>;

/** An app that was built twice by both, with another variable the second time, so that every phase runs again. */
interface Builds {
  readonly first: { readonly pack: Phases; readonly ours: Phases };
  readonly second: { readonly pack: Phases; readonly ours: Phases };
}

let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
/** No run is answered by the caches of another. */
const run = Date.now().toString(36);

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

async function build(api: Api): Promise<Builds> {
  const once = async (greeting: string) => {
    const words = ["--builder", platformApiBuilder(lab.registry, api), `--env=GREETING=${greeting} ${run}`];
    return { pack: await packPhases(api, words), ours: await ourPhases(api, words) };
  };
  return { first: await once("hello"), second: await once("again") };
}

/** Runs the five phases one by one, as pack does with a builder that it does not trust. */
async function packPhases(api: Api, words: readonly string[]): Promise<Phases> {
  const { environment: env } = await lab.docker();
  const { stdout } = await lab.pack(
    [
      ...["build", `${lab.registry}/e2e/platform-apis:${api}-${run}`, "--publish", "--network=host"],
      ...["--no-color", "--trust-builder=false", "--lifecycle-image", lab.images.lifecycle, ...words],
    ],
    { cwd: app.directory, env },
  );
  return byName(readingsIn(stdout));
}

/** Runs our stages as far as the one that writes the cache. */
async function ourPhases(api: Api, words: readonly string[]): Promise<Phases> {
  const dockerfile = await generate(app.directory, [...words, `--cache-id=platform-apis-${api}-${run}`]);
  // `build` does not go on from `detect`, but from what was restored.
  const readings = ["detect", "build"].map((stage) => `COPY --from=${stage} /layers/probe/ /\n`).join("");
  const reading = `${dockerfile}\nFROM scratch AS reading\n${readings}COPY --from=export /image/image.json /\n`;
  const out = mkdtempSync(join(app.directory, "..", "reading-"));
  try {
    await buildOrThrow(lab, {
      directory: app.directory,
      dockerfile: reading,
      platforms: ["linux/amd64"],
      words: ["--target=reading", `--output=type=local,dest=${out}`],
    });
    const files = readdirSync(out).filter((name) => name !== "image.json");
    return byName(files.map((name) => readingOf(readFileSync(join(out, name), "utf8"))));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function byName(readings: readonly PhaseReading[]): Phases {
  return new Map(readings.map((reading) => [reading.phase, reading]));
}

function phase(phases: Phases, name: string): PhaseReading {
  const found = phases.get(name);
  if (found === undefined) throw new Error(`${name} did not run, but ${[...phases.keys()].join(", ")} did`);
  return found;
}

/** What a phase was given, or left, that does not depend on how this machine runs containers. */
const ofContainers = /^(HOSTNAME|TARGETPLATFORM|TRACEPARENT|OTEL_[A-Z_]+)=/;

function environment({ environment: variables }: PhaseReading): string[] {
  return variables.filter((variable) => !ofContainers.test(variable)).sort();
}

/** Paths below /layers that `choose` takes, with all that can be told of them but times. */
function layers({ files }: PhaseReading, choose: RegExp): Map<string, string> {
  const chosen = files.filter(({ path }) => choose.test(path));
  return new Map(
    chosen.map(({ path, kind, mode, uid, gid, content = "" }) => [
      path,
      `${kind} ${mode} ${uid}:${gid} ${Buffer.from(content, "base64").toString()}`,
    ]),
  );
}

/** What the buildpacks of one phase wrote of themselves, without what differs in each run or container. */
function witnesses(reading: PhaseReading, name: string): readonly string[] {
  return ["witness", "witness-old"].flatMap((buildpack) => {
    const text = contentOf(reading, `/layers/witness/${name}-${buildpack}`)?.toString();
    if (text === undefined) throw new Error(`${buildpack} left nothing of ${name}`);
    return text
      .trim()
      .split("\n")
      .filter((line) => !/^env HOSTNAME=/.test(line))
      .map((line) => `${buildpack}: ${line.replace(/(\/tmp\/[a-z_.-]+)\d+/, "$1N")}`);
  });
}

function target(reading: PhaseReading) {
  const { "run-image": runImage } = v.parse(
    v.object({ "run-image": v.object({ image: v.string(), target: v.unknown() }) }),
    parse(contentOf(reading, "/layers/analyzed.toml")?.toString() ?? ""),
  );
  return runImage;
}

/** In an order of their own: the lifecycle writes them in another one each time. */
function planEntries(reading: PhaseReading): string[] {
  const { entries } = parse(contentOf(reading, "/layers/plan.toml")?.toString() ?? "");
  return v
    .parse(v.array(v.unknown()), entries)
    .map((entry) => JSON.stringify(entry))
    .sort();
}

const buildpackLayers = /^\/layers\/lab_/;

describe.each(platformApis)("at Platform API %s", (api) => {
  let builds: Builds;
  beforeAll(async () => {
    builds = await build(api);
  });
  const both = (name: string, which: keyof Builds = "first") =>
    [phase(builds[which].pack, name), phase(builds[which].ours, name)] as const;

  it("every phase ends well, at this API", () => {
    for (const { pack, ours } of [builds.first, builds.second]) {
      const phases = [...pack.values(), ...ours.values()];
      expect(phases.map(({ exitCode }) => exitCode)).toEqual(phases.map(() => 0));
      for (const { environment } of phases) expect(environment).toContain(`CNB_PLATFORM_API=${api}`);
    }
    // Analyzer and exporter have no counterpart here: the compiler and the export program do their work.
    expect([...builds.first.pack.keys()]).toEqual([
      "analyzer",
      "detector",
      "restorer",
      "builder",
      "exporter",
    ]);
    expect([...builds.first.ours.keys()].sort()).toEqual(["builder", "detector", "restorer"]);
  });

  it("phases are called alike but for what is a default, and for the restorer, which we let ask nobody", () => {
    const calls = (phases: Phases) =>
      ["detector", "restorer", "builder"].map((name) => {
        const { arguments: words, uid, gid, workingDirectory } = phase(phases, name);
        return [name, words.join(" "), `${uid}:${gid}`, workingDirectory];
      });
    expect(calls(builds.first.pack)).toEqual([
      ["detector", "-app /workspace", "1001:1000", "/layers"],
      ["restorer", "-cache-dir /cache", "0:0", "/layers"],
      ["builder", "-app /workspace", "1001:1000", "/layers"],
    ]);
    const offline = api === "0.12" || api === "0.13" ? "" : " -run /nonexistent";
    expect(calls(builds.first.ours)).toEqual([
      ["detector", "", "1001:1000", "/workspace"],
      ["restorer", `-cache-dir /cache${offline}`, "1001:1000", "/workspace"],
      ["builder", "", "1001:1000", "/workspace"],
    ]);
  });

  it("detector and builder have the same environment", () => {
    for (const name of ["detector", "builder"]) {
      const [pack, ours] = both(name);
      expect(environment(ours)).toEqual(environment(pack));
    }
  });

  it("analyzed.toml names the same run image and target, which each phase leaves as they are", () => {
    const analyzer = target(phase(builds.first.pack, "analyzer"));
    for (const name of ["detector", "restorer", "builder"]) {
      const [pack, ours] = both(name);
      expect(target(pack)).toEqual(analyzer);
      expect(target(ours)).toEqual(analyzer);
    }
  });

  it("detect leaves the same group.toml and plan.toml", () => {
    const [pack, ours] = both("detector");
    const group = (reading: PhaseReading) => contentOf(reading, "/layers/group.toml")?.toString();
    expect(group(pack)).toContain("lab/witness-old");
    expect(group(ours)).toBe(group(pack));
    expect(planEntries(pack)).toHaveLength(2);
    expect(planEntries(ours)).toEqual(planEntries(pack));
  });

  it("build leaves the same layers, metadata.toml and bills of materials", () => {
    for (const which of ["first", "second"] as const) {
      const [pack, ours] = both("builder", which);
      const left = (reading: PhaseReading) => layers(reading, /^\/layers\/(lab_|config|sbom|group)/);
      expect(left(pack).size).toBeGreaterThan(20);
      expect(left(ours)).toEqual(left(pack));
    }
  });

  it("restore gives nothing back the first time, and then the same layers, metadata and stores", () => {
    const [pack, ours] = both("restorer");
    expect([...layers(pack, buildpackLayers).keys()]).toEqual([...layers(ours, buildpackLayers).keys()]);
    const [packAgain, oursAgain] = both("restorer", "second").map((reading) =>
      layers(reading, buildpackLayers),
    );
    expect([...(oursAgain?.keys() ?? [])]).toContain("/layers/lab_witness/for-cache/file");
    expect([...(oursAgain?.keys() ?? [])]).toContain("/layers/lab_witness/for-cache-launch/file");
    // pack has both of these from the image of the last build, we from the app's cache.
    for (const path of ["for-launch.toml", "store.toml"]) {
      expect([...(packAgain?.keys() ?? [])]).toContain(`/layers/lab_witness/${path}`);
    }
    expect(oursAgain).toEqual(packAgain);
  });

  it("buildpacks see the same in detect and build", () => {
    for (const name of ["detect", "build"] as const) {
      const [pack, ours] = both(name === "detect" ? "detector" : "builder").map((reading) =>
        witnesses(reading, name),
      );
      expect(pack?.join("\n")).toContain("CNB_TARGET_ARCH=amd64");
      expect(ours).toEqual(pack);
    }
  });
});
