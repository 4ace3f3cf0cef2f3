import type { AppName } from "./apps.ts";
import type { Door } from "./doors.ts";
import type { OurDoor } from "./results.ts";
import type { ScenarioName } from "./scenarios/scenarios.ts";

/** What our doors are to keep to: as a ratio, or as milliseconds more. */
export interface Target {
  /** `once`: the same door with one of what the row builds several times. */
  readonly beside: "pack" | "dockerfile" | "once";
  readonly ratio?: number;
  readonly moreMs?: number;
  /** How many of what it is compared with count. Absent: one. */
  readonly times?: number;
  /** Absent: both. */
  readonly door?: OurDoor;
}

export interface Row {
  readonly name: string;
  readonly app: AppName;
  readonly scenario: ScenarioName;
  readonly doors: readonly Door[];
  readonly targets: readonly Target[];
  /** Part of `--quick`. */
  readonly isQuick?: true;
  /** Of `--quick`, where a round is short. Absent: three. */
  readonly quickRounds?: number;
  /** Measured if it is named, and not with the whole matrix. */
  readonly isOnRequest?: true;
}

const all: readonly Door[] = ["pack", "buildx", "build", "dockerfile"];
/** Where a Dockerfile would say nothing. */
const withoutDockerfile: readonly Door[] = ["pack", "buildx", "build"];
const ours: readonly Door[] = ["buildx", "build"];

const pack = (ratio: number): Target => ({ beside: "pack", ratio });

/** Which app is built in which scenario, by which doors, and what is to come of it. */
export const matrix: readonly Row[] = [
  {
    name: "nothing-node",
    app: "node",
    scenario: "nothing",
    doors: all,
    targets: [pack(0.12), { beside: "dockerfile", moreMs: 250 }],
    isQuick: true,
    quickRounds: 7,
  },
  {
    name: "line-procfile",
    app: "procfile",
    scenario: "line",
    doors: all,
    targets: [pack(0.35), { beside: "dockerfile", moreMs: 1000 }],
  },
  {
    name: "line-node",
    app: "node",
    scenario: "line",
    doors: all,
    targets: [pack(0.35), { beside: "dockerfile", moreMs: 1000 }],
    isQuick: true,
  },
  {
    name: "line-npm",
    app: "npm",
    scenario: "line",
    doors: all,
    targets: [pack(0.5)],
    isQuick: true,
  },
  { name: "line-static", app: "static", scenario: "line", doors: all, targets: [] },
  { name: "line-layer-files", app: "layer-files", scenario: "line", doors: all, targets: [pack(0.3)] },
  { name: "line-source-files", app: "source-files", scenario: "line", doors: all, targets: [pack(0.3)] },
  { name: "line-layers", app: "layers", scenario: "line", doors: withoutDockerfile, targets: [] },
  { name: "line-order", app: "order", scenario: "line", doors: withoutDockerfile, targets: [] },
  {
    name: "dependency-node",
    app: "node",
    scenario: "dependency",
    doors: all,
    targets: [pack(0.8)],
  },
  {
    name: "run-image-node",
    app: "node",
    scenario: "run-image",
    doors: all,
    targets: [pack(0.15)],
    isQuick: true,
    quickRounds: 7,
  },
  { name: "builder-node", app: "node", scenario: "builder", doors: withoutDockerfile, targets: [] },
  {
    name: "cold-procfile",
    app: "procfile",
    scenario: "cold",
    doors: all,
    targets: [pack(1.5)],
    isQuick: true,
  },
  {
    name: "cold-node",
    app: "node",
    scenario: "cold",
    doors: all,
    targets: [
      { beside: "pack", ratio: 1, door: "buildx" },
      { beside: "dockerfile", ratio: 1.5, door: "buildx" },
      { beside: "pack", ratio: 0.8, door: "build" },
    ],
  },
  { name: "fresh-line-node", app: "node", scenario: "fresh-line", doors: all, targets: [pack(0.8)] },
  { name: "fresh-nothing-node", app: "node", scenario: "fresh-nothing", doors: all, targets: [pack(0.4)] },
  { name: "load-classic-node", app: "node", scenario: "load-classic", doors: all, targets: [pack(0.5)] },
  {
    name: "load-containerd-node",
    app: "node",
    scenario: "load-containerd",
    doors: all,
    targets: [pack(0.5)],
    isQuick: true,
  },
  {
    name: "platforms-node",
    app: "node",
    scenario: "platforms",
    doors: ours,
    targets: [{ beside: "once", times: 2, ratio: 0.7 }],
  },
  {
    name: "commits-node",
    app: "node",
    scenario: "commits",
    doors: ours,
    targets: [{ beside: "once", ratio: 1.5 }],
  },
  {
    name: "fleet-procfile",
    app: "procfile",
    scenario: "fleet",
    doors: withoutDockerfile,
    targets: [pack(0.5)],
  },
  {
    name: "far-cold-procfile",
    app: "procfile",
    scenario: "far-cold",
    doors: all,
    targets: [],
    isOnRequest: true,
  },
  { name: "far-line-node", app: "node", scenario: "far-line", doors: all, targets: [], isOnRequest: true },
];
