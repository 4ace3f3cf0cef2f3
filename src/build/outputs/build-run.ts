import * as v from "valibot";
import type { ImageLayers } from "../../contract/layer-measure.ts";
import type { TracedStep } from "../../engines/run/trace-steps.ts";
import { present } from "../../present.ts";

/** How a build ran, as far as BuildKit's client says. */
export interface BuildRun {
  /** Of all its parts; a step that two parts need is there twice. */
  readonly steps: readonly TracedStep[];
  /** `linux/arm64`. */
  readonly platforms: readonly string[];
  /** Stages that were to run in any case: all of them, or those of these names. */
  readonly noCache: "all" | readonly string[];
  /** Absent: no image was made, or not by our frontend. */
  readonly layers?: ImageLayers;
}

/** Stages whose steps are told, in their order. The first two are what the project and its builder become; the others are phases. */
const toldStages = ["source", "builder", "detect", "restore", "build", "export"] as const;
type ToldStage = (typeof toldStages)[number];

/** What a phase may have run for. */
const reasons = ["source", "builder", "buildpack-cache", "no-cache", "cache-miss"] as const;
type Reason = (typeof reasons)[number];

/** How many of the slowest steps are listed, and how long one takes at least, in milliseconds. */
const maxSlowest = 10;
const minSlowestMs = 100;
/** Characters of a step's title; some hold a whole script. */
const maxTitle = 200;

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
const seconds = v.pipe(v.number(), v.minValue(0));

/** Keys of `build --json` about how the build ran. */
export const buildRunFields = {
  platforms: v.exactOptional(
    v.pipe(
      v.array(
        v.object({
          platform: v.pipe(v.string(), v.description("`linux/arm64`.")),
          phases: v.pipe(
            v.array(
              v.object({
                name: v.picklist(toldStages),
                status: v.pipe(
                  v.picklist(["ran", "cached", "failed"]),
                  v.description("`cached`: BuildKit answered it from its cache."),
                ),
                why: v.exactOptional(
                  v.pipe(
                    v.array(v.picklist(reasons)),
                    v.description(
                      "Why it ran: which of its inputs were made in this build, because they changed or BuildKit did not have them (all, in a first build). `source`: the app's files, which are filtered again for a changed variable, too; `builder`: the builder image with the project's variables and buildpacks; `buildpack-cache`: only the list of cached layers; `no-cache`: a flag; `cache-miss`: none of these, so its settings changed or BuildKit no longer has its result.",
                    ),
                  ),
                ),
                seconds: v.exactOptional(
                  v.pipe(seconds, v.description("How long its steps took. Absent: they were cached.")),
                ),
              }),
            ),
            v.description(
              "The stages `source` and `builder`, and the phases of the lifecycle that are in the build.",
            ),
          ),
          layers: v.exactOptional(
            v.pipe(
              v.object({
                count: wholeNumber,
                reused: v.pipe(
                  wholeNumber,
                  v.description("How many BuildKit had already, or made for another platform."),
                ),
                bytes: v.pipe(wholeNumber, v.description("Uncompressed.")),
                reusedBytes: wholeNumber,
              }),
              v.description("The app's layers, without those of the run image. Absent: no image was built."),
            ),
          ),
        }),
      ),
      v.description(
        "How the build ran for each platform. Absent: BuildKit's client does not say (buildx before 0.20, a failed build with buildx).",
      ),
    ),
  ),
  slowestSteps: v.exactOptional(
    v.pipe(
      v.array(v.object({ name: v.string(), seconds })),
      v.maxLength(maxSlowest),
      v.description(
        "The steps of all platforms that took longest, slowest first. Steps can run side by side.",
      ),
    ),
  ),
};

type PhaseJson = NonNullable<RunJson["platforms"]>[number]["phases"][number];
type RunJson = {
  readonly [Key in keyof typeof buildRunFields]?: v.InferOutput<(typeof buildRunFields)[Key]>;
};

/** How a build ran, for scripts. */
export function buildRunJson({ steps, platforms, noCache, layers }: BuildRun): RunJson {
  if (steps.length === 0) return {};
  const all = merged(steps);
  const told = platforms.flatMap((platform) => {
    const phases = phasesOf(platform, platforms.length === 1, all, noCache);
    const own = layers?.[platform];
    if (phases.length === 0 && own === undefined) return [];
    return [{ platform, phases, ...(own === undefined ? {} : { layers: reuseOf(own, all) }) }];
  });
  const slowest = [...all.values()]
    .filter(({ ranMs }) => ranMs >= minSlowestMs)
    .sort((one, other) => other.ranMs - one.ranMs)
    .slice(0, maxSlowest)
    .map(({ name, ranMs }) => ({ name: shortened(name), seconds: inSeconds(ranMs) }));
  return { ...(told.length === 0 ? {} : { platforms: told }), slowestSteps: slowest };
}

type Steps = ReadonlyMap<string, TracedStep>;

const weights = { waiting: 0, cached: 1, ran: 2, failed: 3 } as const;

/** Each step once: what ran for one part of a build is cached for the next. */
function merged(steps: readonly TracedStep[]): Steps {
  const all = new Map<string, TracedStep>();
  for (const step of steps) {
    const before = all.get(step.id);
    const outcome =
      before !== undefined && weights[before.outcome] > weights[step.outcome] ? before.outcome : step.outcome;
    all.set(step.id, { ...step, outcome, ranMs: step.ranMs + (before?.ranMs ?? 0) });
  }
  return all;
}

interface StagePlace {
  /** What the stage is built for; absent: the build has one platform. */
  readonly platform?: string;
  readonly stage: string;
  readonly instruction: string;
}

/** Where a step stands in a Dockerfile. Source: BuildKit, `prefixCommand` of its Dockerfile frontend. Undefined: in none. */
export function stagePlace(name: string): StagePlace | undefined {
  const { own, target, stage, instruction } =
    /^\[(?:(?<own>[a-z0-9]+\/[^\s>\]]*?)(?:->(?<target>\S+))? )?(?<stage>[\w.-]+) +\d+\/\d+\] (?<instruction>\w+)/.exec(
      name,
    )?.groups ?? {};
  if (stage === undefined || instruction === undefined) return undefined;
  return { ...present({ platform: own && targetOf(own, target) }), stage, instruction };
}

/** `linux/amd64->arm64` is a step on the one for the other; the system is only said where it is another one. */
function targetOf(own: string, target: string | undefined): string {
  if (target === undefined) return own;
  return /^(?:linux|windows|darwin|freebsd)\//.test(target) ? target : `${own.split("/", 1)[0]}/${target}`;
}

function phasesOf(platform: string, isOnly: boolean, all: Steps, noCache: BuildRun["noCache"]): PhaseJson[] {
  const places = new Map(
    [...all.values()].flatMap((step) => {
      const place = stagePlace(step.name);
      // A step without inputs is never called cached, so it says nothing of what ran.
      return place === undefined || step.inputs.length === 0 ? [] : [[step.id, place] as const];
    }),
  );
  const stageOf = (id: string) => places.get(id)?.stage ?? "";
  const isOwn = (place: StagePlace) =>
    place.platform === platform || (place.platform === undefined && isOnly);
  const mains: readonly string[] = toldStages.slice(2);
  const ownIds = [...places].flatMap(([id, place]) =>
    mains.includes(place.stage) && isOwn(place) ? [id] : [],
  );
  // What several platforms share stands under the name of one of them, so it is found by what takes it.
  const needed = withInputs(ownIds, all);
  return toldStages.flatMap((name): PhaseJson[] => {
    const ids = [...needed].filter((id) => stageOf(id) === name);
    const steps = ids.flatMap((id) => all.get(id) ?? []).filter(({ outcome }) => outcome !== "waiting");
    if (steps.length === 0) return [];
    const hasFailed = steps.some(({ outcome }) => outcome === "failed");
    if (!hasFailed && !isRun(name, steps)) return [{ name, status: "cached" }];
    const ranMs = steps.reduce((sum, step) => sum + step.ranMs, 0);
    const why = whyRan(name, withInputs(ids, all, hasRun), stageOf, noCache);
    return [{ name, status: hasFailed ? "failed" : "ran", why, seconds: inSeconds(ranMs) }];
  });
}

/** What can consist of copies alone. */
const onlyCopies: readonly ToldStage[] = ["builder", "source"];

/** A phase is what its stage runs; files are copied for it in any case. */
function isRun(name: ToldStage, steps: readonly TracedStep[]): boolean {
  return steps.some(
    ({ name: title, outcome }) =>
      outcome === "ran" && (onlyCopies.includes(name) || stagePlace(title)?.instruction === "RUN"),
  );
}

/** In: the steps of a stage, and those that they take, as far as they ran: what is behind a cached step changed nothing. */
function whyRan(
  name: ToldStage,
  ran: ReadonlySet<string>,
  stageOf: (id: string) => string,
  noCache: BuildRun["noCache"],
): Reason[] {
  const stages = new Set([...ran].map(stageOf));
  if (noCache === "all" || noCache.some((stage) => stages.has(stage))) return ["no-cache"];
  if (name === "source" || name === "builder") return [name];
  const found = (["source", "builder"] as const).filter((stage) => stages.has(stage));
  if (found.length > 0) return found;
  // It runs for each source, so it says something only without one.
  return [stages.has("cached") ? "buildpack-cache" : "cache-miss"];
}

function hasRun({ outcome }: TracedStep): boolean {
  return outcome === "ran" || outcome === "failed";
}

/** Steps and what they take, and so on. In: which steps count; absent: all. */
function withInputs(
  ids: readonly string[],
  all: Steps,
  counts: (step: TracedStep) => boolean = () => true,
): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...ids];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const step = all.get(id);
    if (step === undefined || found.has(id) || !counts(step)) continue;
    found.add(id);
    waiting.push(...step.inputs);
  }
  return found;
}

/** A layer is reused if no step of its title ran. */
function reuseOf(layers: ImageLayers[string], all: Steps) {
  const made = new Set([...all.values()].flatMap((step) => (hasRun(step) ? [step.name] : [])));
  const reused = layers.filter(({ title }) => !made.has(title));
  const bytes = (list: ImageLayers[string]) => list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    ...{ count: layers.length, reused: reused.length },
    ...{ bytes: bytes(layers), reusedBytes: bytes(reused) },
  };
}

function inSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}

function shortened(title: string): string {
  return title.length > maxTitle ? `${title.slice(0, maxTitle - 1)}…` : title;
}
