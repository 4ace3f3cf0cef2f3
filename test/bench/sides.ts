import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lab/lab.ts";
import { type AppDirectory, appOf, changeDependency, changeLine, makeAppDirectory } from "./apps.ts";
import { type BuildRequest, commandsOf, type Door, doors } from "./doors.ts";
import type { Row } from "./matrix.ts";
import type { Clients } from "./measure.ts";
import { pushChangedImage } from "./scenarios/changed-image.ts";
import { type Engine, engineFor } from "./scenarios/engine.ts";
import { type Scenario, scenarioOf } from "./scenarios/scenarios.ts";
import type { Site } from "./scenarios/site.ts";

/** What all rows stand on. */
export interface Surroundings {
  readonly lab: Lab;
  readonly site: Site;
  readonly npmRegistry: string;
  /** Absolute; goes with the run. */
  readonly work: string;
  /** No other run's, for names of images and caches. */
  readonly runId: string;
}

/** One of the things that a row compares. */
export interface Side {
  readonly door: Door;
  /** `buildx`, or `buildx:once`. */
  readonly name: string;
  readonly title: string;
  readonly engine: Engine;
  /** Brings about what the scenario changes; does not count. */
  readonly prepare: () => Promise<void>;
  /** Out: what the programs said, on both streams. */
  readonly run: (clients: Clients, isObserved?: boolean) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Makes the apps of every side of a row. */
export async function sidesOf(surroundings: Surroundings, row: Row): Promise<readonly Side[]> {
  const scenario = scenarioOf(row.scenario);
  const { atOnce: _, platforms: __, ...once } = scenario;
  const sides: Side[] = [];
  for (const door of row.doors) {
    sides.push(await makeSide(surroundings, row, door, { scenario, name: door, title: doors[door] }));
    const title = `${doors[door]}, once`;
    if (scenario.hasOnce === true)
      sides.push(await makeSide(surroundings, row, door, { scenario: once, name: `${door}:once`, title }));
  }
  return sides;
}

/** One app of a side. */
interface Place extends AppDirectory {
  /** Without a registry and a tag. */
  readonly repository: string;
}

async function makeSide(
  surroundings: Surroundings,
  row: Row,
  door: Door,
  { scenario, name, title }: { readonly scenario: Scenario; readonly name: string; readonly title: string },
): Promise<Side> {
  const { lab, site, runId, work, npmRegistry } = surroundings;
  const engine = await engineFor(lab, scenario, door);
  const key = `${row.name}-${name.replace(":", "-")}`;
  const changed = changedImage(lab, row, scenario, `bench/${runId}/${key}`);
  if (changed !== undefined) await pushChangedImage(lab, changed.base, changed.tag);
  const images = { ...site.images, ...(changed?.images ?? {}) };
  const places: Place[] = [];
  for (let index = 0; index < (scenario.atOnce?.count ?? 1); index++) {
    const isSameApp = scenario.atOnce?.what !== "apps";
    const id = `com.example.bench-${runId}-${key}${isSameApp ? "" : `-${index}`}`;
    const place = {
      directory: join(work, key, String(index), "app"),
      id,
      repository: `bench/${runId}/${key}-${index}`,
    };
    mkdirSync(place.directory, { recursive: true });
    await makeAppDirectory(row.app, place, { images, npmRegistry, syntax: site.syntax });
    places.push(place);
  }
  const runImage = scenario.change === "run image" ? changed?.tag : site.runImage;
  let round = 0;
  const request = ({ directory, repository }: Place, isObserved: boolean): BuildRequest => ({
    directory,
    // What was never built is in no registry either.
    image: `${site.registry}/${repository}${scenario.isBuilt ? "" : `-${round}`}`,
    platforms: scenario.platforms ?? ["linux/amd64"],
    output: scenario.engine.startsWith("docker") ? "load" : "push",
    engine: engine.environment,
    docker: engine.docker,
    ...(runImage === undefined ? {} : { runImage }),
    ...(scenario.hasRegistryCaches === true
      ? {
          caches: {
            buildpacks: `${site.registry}/${repository}-cache:buildpacks`,
            steps: `${site.registry}/${repository}-steps:buildkit`,
          },
        }
      : {}),
    isObserved,
  });
  const build = async (clients: Clients, place: Place, isObserved: boolean) => {
    let log = "";
    for (const { file, words, cwd, env } of commandsOf(lab, door, request(place, isObserved))) {
      const { stdout, stderr } = await clients.run(file, words, { cwd, env });
      log += `${stdout}\n${stderr}\n`;
    }
    return log;
  };
  return {
    door,
    name,
    title,
    engine,
    prepare: async () => {
      round += 1;
      await engine.prepare();
      for (const { directory } of places) {
        if (scenario.change === "line") changeLine(directory);
        if (scenario.change === "dependency") changeDependency(row.app, directory);
      }
      if (changed !== undefined) await pushChangedImage(lab, changed.base, changed.tag);
    },
    run: async (clients, isObserved = false) => {
      if (door !== "pack")
        return (await Promise.all(places.map((place) => build(clients, place, isObserved)))).join("");
      // As it goes: its builds share one docker daemon, and a script runs them in turn.
      let log = "";
      for (const place of places) log += await build(clients, place, isObserved);
      return log;
    },
    close: () => engine.close(),
  };
}

/** The image that the scenario renews, under a tag of this side's own. */
function changedImage(lab: Lab, { app }: Row, { change }: Scenario, repository: string) {
  const tag = `${lab.registry}/${repository}-base:1`;
  if (change === "run image") return { tag, base: lab.images.runBaseAmd64Only, images: { runBase: tag } };
  if (change !== "builder") return undefined;
  const { builder } = appOf(app);
  if (builder !== "builder") throw new Error(`there is no image of ${builder} for one platform to renew`);
  return { tag, base: lab.images.builderAmd64Only, images: { builder: tag } };
}
