import { inspect } from "node:util";
import fc from "fast-check";
import type { DiagnosticCode } from "../../src/diagnostics/catalog.ts";
import type { DockerfileReader } from "./dockerfile-reader.ts";
import { hostileProjects } from "./hostile-project.ts";
import { hostileStages } from "./hostile-stages.ts";
import { planOf } from "./plan.ts";
import { type Outcome, tryProject, tryStage } from "./try-project.ts";

/** What very many hostile texts came to. */
export interface HostileReport {
  /** Texts that were put in and read back; of what was refused, only the one that was too much. */
  readonly texts: number;
  readonly refusals: ReadonlyMap<DiagnosticCode, number>;
  /** Absent: everything was as it should be. */
  readonly failure?: HostileFailure;
}

export interface HostileFailure {
  /** With them the same texts come again. */
  readonly seed: number;
  readonly path: string;
  readonly faults: readonly string[];
  /** The smallest input found that fails. */
  readonly input: string;
}

export interface HostileRun {
  /** Ends when so many texts were tried. */
  readonly texts: number;
  readonly seed: number;
  /** Only the input that an earlier failure names. */
  readonly path?: string;
  /** Whether to look for the smallest input that fails, once one does. Default true. */
  readonly shrink?: boolean;
}

/** Inputs that are tried with one seed; the next ones have the next seed. */
const runsEach = 100;

/** Tries hostile projects and hostile stages until there were enough texts, or one of them fails. */
export async function runHostile(
  { texts: wanted, seed, path, shrink = true }: HostileRun,
  reader: DockerfileReader,
): Promise<HostileReport> {
  const plan = planOf();
  const refusals = new Map<DiagnosticCode, number>();
  let texts = 0;
  const count = ({ refused }: Outcome, size: number) => {
    texts += refused.length > 0 ? 1 : size;
    for (const code of new Set(refused)) refusals.set(code, (refusals.get(code) ?? 0) + 1);
  };
  const property = fc.asyncProperty(hostileProjects, hostileStages, async (project, stage) => {
    const outcomes = [await tryProject(project, reader), await tryStage(stage, plan, reader)] as const;
    count(outcomes[0], project.texts);
    count(outcomes[1], stage.texts);
    const faults = outcomes.flatMap((outcome) => outcome.faults);
    if (faults.length > 0) throw new Broken(faults);
  });
  for (let batch = seed; texts < wanted; batch++) {
    const { failed, counterexample, counterexamplePath, errorInstance } = await fc.check(property, {
      seed: batch,
      numRuns: runsEach,
      endOnFailure: !shrink,
      ...(path === undefined ? {} : { path }),
    });
    if (failed) {
      const failure = {
        seed: batch,
        path: counterexamplePath ?? "",
        faults: errorInstance instanceof Broken ? errorInstance.faults : [inspect(errorInstance)],
        input: inspect(counterexample, { depth: 8, breakLength: 110, maxStringLength: 20_000 }),
      };
      return { texts, refusals, failure };
    }
    if (path !== undefined) break;
  }
  return { texts, refusals };
}

class Broken extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}
