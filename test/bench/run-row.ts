import { setTimeout as wait } from "node:timers/promises";
import { appOf } from "./apps.ts";
import type { Row } from "./matrix.ts";
import { Clients, measure } from "./measure.ts";
import { buildkitSteps, ContainerCount, packSteps } from "./observe.ts";
import { type Measurement, type Observation, ourDoors, type RowResult, type SideResult } from "./results.ts";
import { scenarioOf } from "./scenarios/scenarios.ts";
import { type Side, type Surroundings, sidesOf } from "./sides.ts";
import { pairwiseRatios, spreadOf } from "./statistics.ts";
import { referenceOf, referenceTitle, verdictsOf } from "./verdicts.ts";

export interface RunSettings {
  readonly rounds: number;
  /** Share of its own time for which each of our runs waits at its end: to see whether a comparison finds it. */
  readonly plantedDelay: number;
  readonly say: (text: string) => void;
}

/** Measures one row: each round runs every side once, each round in another order. */
export async function runRow(
  surroundings: Surroundings,
  row: Row,
  settings: RunSettings,
): Promise<RowResult> {
  const { rounds, say } = settings;
  const sides = await sidesOf(surroundings, row);
  const runs = new Map(sides.map((side) => [side.name, [] as Measurement[]]));
  const observations = new Map<string, Observation>();
  try {
    if (scenarioOf(row.scenario).isBuilt) {
      say(`${row.name}: first builds`);
      // The second one finds what the first one left, as all later ones do.
      for (let time = 0; time < 2; time++) await allOf(sides.map(warmUp));
    }
    for (let round = 0; round < rounds; round++) {
      for (const side of rotated(sides, round)) {
        const measurement = await timed(side, settings);
        runs.get(side.name)?.push(measurement);
        say(
          `${row.name}: round ${round + 1} of ${rounds}, ${side.name}: ${measurement.wallMs.toFixed(0)} ms`,
        );
      }
    }
    for (const side of sides.filter(({ name }) => !name.includes(":")))
      observations.set(side.name, await observed(side));
  } finally {
    for (const side of sides) await side.close();
  }
  const results = sides.map((side) => sideResult(row, side, runs, observations.get(side.name)));
  return {
    row: row.name,
    title: `${appOf(row.app).title}: ${scenarioOf(row.scenario).title}`,
    rounds,
    sides: results,
    reference: referenceTitle(referenceOf(row)),
    verdicts: verdictsOf(row.targets, results),
  };
}

/** As `Promise.all`, but also where one fails, none runs on. */
async function allOf(running: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(running)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

async function warmUp(side: Side): Promise<void> {
  const clients = new Clients();
  try {
    await side.prepare();
    await side.run(clients);
  } finally {
    clients.close();
  }
}

async function timed(side: Side, { plantedDelay }: RunSettings): Promise<Measurement> {
  await side.prepare();
  const isOurs = ourDoors.some((door) => door === side.door);
  return measure(async (clients) => {
    const start = performance.now();
    await side.run(clients);
    if (isOurs && plantedDelay > 0) await wait((performance.now() - start) * plantedDelay);
  }, side.engine.pids);
}

async function observed(side: Side): Promise<Observation> {
  await side.prepare();
  const clients = new Clients();
  const count = new ContainerCount(side.engine.root, side.engine.docker);
  try {
    const log = await side.run(clients, true);
    const steps = side.door === "pack" ? packSteps(log) : buildkitSteps(log);
    return { containers: await count.close(), steps };
  } finally {
    clients.close();
  }
}

function sideResult(
  row: Row,
  { name, door, title }: Side,
  runs: ReadonlyMap<string, readonly Measurement[]>,
  observation: Observation | undefined,
): SideResult {
  const { beside, times = 1 } = referenceOf(row);
  const wall = (side: string) => runs.get(side)?.map(({ wallMs }) => wallMs) ?? [];
  const reference = wall(beside === "once" ? `${name}:once` : beside).map((ms) => ms * times);
  const ratios = pairwiseRatios(wall(name), reference);
  const target = row.targets.find(
    (one) => one.beside === beside && one.ratio !== undefined && (one.door ?? door) === door,
  );
  const isOurs = ourDoors.some((one) => one === name);
  return {
    side: name,
    title,
    runs: runs.get(name) ?? [],
    wall: spreadOf(wall(name)),
    ...(observation === undefined ? {} : { observation }),
    ...(ratios.length === 0 ? {} : { toReference: { ratios, spread: spreadOf(ratios) } }),
    ...(target?.ratio === undefined || !isOurs ? {} : { targetRatio: target.ratio }),
  };
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
