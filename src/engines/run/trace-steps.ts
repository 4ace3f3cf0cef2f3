import * as v from "valibot";
import { type TraceReader, takeLine } from "./read-trace.ts";

/** A step of a build, as BuildKit's client was told of it. */
export interface TracedStep {
  /** Its title: `[linux/arm64 detect 2/2] RUN …`. */
  readonly name: string;
  /** BuildKit's id for it. */
  readonly id: string;
  /** Ids of the steps whose results it takes. Empty: it takes none, and then BuildKit never says that it was cached. */
  readonly inputs: readonly string[];
  /** `waiting`: it was not needed, or the build ended before. */
  readonly outcome: "ran" | "cached" | "failed" | "waiting";
  /** How long it ran, in milliseconds. */
  readonly ranMs: number;
}

/** BuildKit's `client.SolveStatus`, as far as it is about steps. */
const statusSchema = v.object({
  vertexes: v.nullish(
    v.array(
      v.object({
        digest: v.string(),
        name: v.optional(v.string(), ""),
        inputs: v.nullish(v.array(v.string()), []),
        started: v.nullish(v.string()),
        completed: v.nullish(v.string()),
        cached: v.optional(v.boolean(), false),
        error: v.optional(v.string(), ""),
      }),
    ),
  ),
  statuses: v.nullish(v.array(v.object({ id: v.string(), vertex: v.string() }))),
});
type Vertex = NonNullable<v.InferOutput<typeof statusSchema>["vertexes"]>[number];

/** The steps in lines of progress in the form `rawjson`, which is that of a trace. */
export function parseTraceSteps(text: string): TracedStep[] {
  const steps = new StepReader();
  for (const line of text.split("\n")) takeLine(line, [steps]);
  return steps.steps();
}

interface Run {
  readonly durationMs: number;
  readonly isCached: boolean;
  readonly hasFailed: boolean;
}

interface FoundStep {
  readonly name: string;
  readonly inputs: readonly string[];
  /** By the time of their start: each is told when it starts and again when it ends. */
  readonly runs: Map<string, Run>;
}

/** Takes the steps out of a trace. */
export class StepReader implements TraceReader {
  readonly words = ['"vertexes"', '"extracting '];
  readonly #found = new Map<string, FoundStep>();
  readonly #fetched = new Set<string>();

  readonly take = (told: unknown): void => {
    const { success, output } = v.safeParse(statusSchema, told);
    if (!success) return;
    for (const vertex of output.vertexes ?? []) this.#takeVertex(vertex);
    // A result that a cache elsewhere has is fetched under the title of the step that would have made it.
    for (const { id, vertex } of output.statuses ?? []) {
      if (id.startsWith("extracting ")) this.#fetched.add(vertex);
    }
  };

  #takeVertex({ digest, name, inputs, started, completed, cached, error }: Vertex): void {
    const before = this.#found.get(digest);
    const step = {
      name: name === "" ? (before?.name ?? "") : name,
      inputs: inputs === null || inputs.length === 0 ? (before?.inputs ?? []) : inputs,
      runs: before?.runs ?? new Map<string, Run>(),
    };
    if (started && completed) {
      const durationMs = Math.max(Date.parse(completed) - Date.parse(started), 0);
      step.runs.set(started, { durationMs, isCached: cached, hasFailed: error !== "" });
    }
    this.#found.set(digest, step);
  }

  steps(): TracedStep[] {
    return Array.from(this.#found, ([id, { name, inputs, runs }]) => {
      const own = [...runs.values()].filter(({ isCached }) => !isCached);
      const ranMs = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
      return { ...{ id, name, inputs, ranMs }, outcome: this.#outcome(id, inputs, [...runs.values()]) };
    });
  }

  #outcome(id: string, inputs: readonly string[], runs: readonly Run[]): TracedStep["outcome"] {
    if (runs.length === 0) return "waiting";
    if (runs.some(({ hasFailed }) => hasFailed)) return "failed";
    const isFetched = inputs.length > 0 && this.#fetched.has(id);
    return isFetched || runs.every(({ isCached }) => isCached) ? "cached" : "ran";
  }
}
