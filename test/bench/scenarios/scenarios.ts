/** What is there before a build, and what changes between two. */
export interface Scenario {
  /** `one source line changed`. */
  readonly title: string;
  /** `fresh`: a BuildKit or docker without anything, for each build. */
  readonly engine: "standing" | "fresh" | "docker, classic store" | "docker, containerd store";
  readonly change: "nothing" | "line" | "dependency" | "run image" | "builder";
  /** Whether the app was built before. */
  readonly isBuilt: boolean;
  /** The registry has caches of the build before. */
  readonly hasRegistryCaches?: true;
  /** What our doors build at once. Absent: one app. pack builds its apps one after another. */
  readonly atOnce?: { readonly what: "commits" | "apps"; readonly count: number };
  /** Absent: linux/amd64. */
  readonly platforms?: readonly string[];
  /** With images in a registry 60 ms away, and a builder of 1 GB. */
  readonly isFar?: true;
  /** Also measures our doors with one of what they do several times. */
  readonly hasOnce?: true;
}

export const scenarios = {
  cold: { title: "first build, nothing pulled", engine: "fresh", change: "nothing", isBuilt: false },
  nothing: { title: "nothing changed", engine: "standing", change: "nothing", isBuilt: true },
  line: { title: "one source line changed", engine: "standing", change: "line", isBuilt: true },
  dependency: { title: "one dependency changed", engine: "standing", change: "dependency", isBuilt: true },
  "run-image": { title: "new run image", engine: "standing", change: "run image", isBuilt: true },
  builder: { title: "new builder", engine: "standing", change: "builder", isBuilt: true },
  platforms: {
    title: "two platforms, one source line changed",
    engine: "standing",
    change: "line",
    isBuilt: true,
    platforms: ["linux/amd64", "linux/arm64"],
    hasOnce: true,
  },
  "fresh-line": {
    title: "new CI machine, one source line changed",
    engine: "fresh",
    change: "line",
    isBuilt: true,
    hasRegistryCaches: true,
  },
  "fresh-nothing": {
    title: "new CI machine, nothing changed",
    engine: "fresh",
    change: "nothing",
    isBuilt: true,
    hasRegistryCaches: true,
  },
  "load-classic": {
    title: "loaded into docker (classic), one line changed",
    engine: "docker, classic store",
    change: "line",
    isBuilt: true,
  },
  "load-containerd": {
    title: "loaded into docker (containerd), one line changed",
    engine: "docker, containerd store",
    change: "line",
    isBuilt: true,
  },
  // The next two as `BenchmarkBuild/HighParallelization` of moby/buildkit-bench, with builds that differ.
  commits: {
    title: "four commits at once",
    engine: "standing",
    change: "line",
    isBuilt: true,
    atOnce: { what: "commits", count: 4 },
    hasOnce: true,
  },
  fleet: {
    title: "eight apps at once, one line changed in each",
    engine: "standing",
    change: "line",
    isBuilt: true,
    atOnce: { what: "apps", count: 8 },
  },
  "far-cold": {
    title: "first build, registry 60 ms away",
    engine: "fresh",
    change: "nothing",
    isBuilt: false,
    isFar: true,
  },
  "far-line": {
    title: "one source line changed, registry 60 ms away",
    engine: "standing",
    change: "line",
    isBuilt: true,
    isFar: true,
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

export function scenarioOf(name: ScenarioName): Scenario {
  return scenarios[name];
}
