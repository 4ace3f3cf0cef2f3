import type { Detection } from "../contract/detection.ts";
import type { GeneratedDockerfile } from "../contract/generated-dockerfile.ts";

/** Exit codes of the detector where no group passes. Source: CNB platform spec, "detector". */
export const nothingPassed: readonly number[] = [20, 21];

/** What detection found on one platform. */
export interface OverviewDetection {
  /** `linux/arm64`. */
  readonly platform: string;
  /** Whether a group of buildpacks passed. */
  readonly passed: boolean;
  /** The detector's. */
  readonly exitCode: number;
  /** Who takes part, in order; empty where no group passed. */
  readonly buildpacks: readonly Member[];
  readonly extensions: readonly Member[];
  /** Name of the run image after detection; absent: no group passed. */
  readonly runImage?: string;
  /** Dockerfiles of image extensions, in the order in which they are applied. */
  readonly dockerfiles: readonly Omit<GeneratedDockerfile, "context">[];
  /** Groups in the order in which they were tried. */
  readonly tried: readonly TriedGroup[];
  /** What the detector said, at the level `debug`. */
  readonly log: string;
  /** Whether the middle of it is left out. */
  readonly isLogCut: boolean;
}

interface Member {
  readonly id: string;
  readonly version: string;
}

export type TriedGroup = readonly TriedModule[];

export interface TriedModule {
  /** `acme/node@1.2.3`, as the detector names it; of an image extension, too. */
  readonly name: string;
  /** `skip`: it is optional, and does not apply; `error`: its program failed. */
  readonly result: "pass" | "skip" | "fail" | "error";
  /** Of its program, where that failed. */
  readonly exitCode?: number;
  /** Why its part of the build plan does not fit: `requires node`, `provides unused node`. */
  readonly reasons: readonly string[];
  /** What its program wrote; absent: nothing. */
  readonly said?: string;
}

/** Tells a detection. */
export function overviewDetection(platform: string, detection: Detection): OverviewDetection {
  const { exitCode, group, generated, log, isCut } = detection;
  return {
    ...{ platform, passed: group !== undefined, exitCode },
    buildpacks: group?.group ?? [],
    extensions: group?.["group-extensions"] ?? [],
    ...(generated === undefined ? {} : { runImage: generated.runImage }),
    dockerfiles: (generated?.dockerfiles ?? []).map(({ context: _, ...told }) => told),
    tried: readTried(log),
    log,
    isLogCut: isCut,
  };
}

/** Part of the detector's log: `======== Output: ID@VERSION ========`, or `Error: ID@VERSION`, or `Results`. */
const header = /^======== (?:(?<kind>Output|Error): (?<name>\S+)|Results) ========$/;
const resultLine = /^(?<result>pass|skip|fail|err): +(?<name>\S+@\S*)(?: \((?<exitCode>\d+)\))?$/;
const reasonLine = /^(?:skip|fail): (?<name>\S+@\S*) (?<reason>(?:requires|provides unused) .+)$/;

/**
 * The groups that the detector tried. A buildpack can write what looks like the detector's own lines, so this is for people only.
 * Source: lifecycle, `phase/detector.go`, `Resolve`.
 */
function readTried(log: string): TriedGroup[] {
  const groups: TriedGroup[] = [];
  let said = new Map<string, string[]>();
  let results: Map<string, TriedModule> | undefined;
  let current: string[] | undefined;
  const finish = () => {
    if (results !== undefined) groups.push([...results.values()]);
    results = undefined;
    said = new Map();
  };
  for (const line of log.split(/\r?\n/)) {
    const found = header.exec(line);
    if (found !== null) {
      const { name } = found.groups ?? {};
      if (results !== undefined) finish();
      if (name === undefined) results = new Map();
      else said.set(name, said.get(name) ?? []);
      current = name === undefined ? undefined : said.get(name);
    } else if (current !== undefined) {
      current.push(line);
    } else if (results !== undefined) {
      addResult(results, line, said);
    }
  }
  finish();
  return groups;
}

function addResult(
  results: Map<string, TriedModule>,
  line: string,
  said: ReadonlyMap<string, readonly string[]>,
): void {
  const { result, name = "", exitCode } = resultLine.exec(line)?.groups ?? {};
  if (result !== undefined) {
    const text = said.get(name)?.join("\n").trim() ?? "";
    results.set(name, {
      name,
      result: result === "err" ? "error" : (result as TriedModule["result"]),
      ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
      reasons: [],
      ...(text === "" ? {} : { said: text }),
    });
    return;
  }
  const { name: of = "", reason = "" } = reasonLine.exec(line)?.groups ?? {};
  const before = results.get(of);
  if (before === undefined || before.reasons.includes(reason)) return;
  results.set(of, { ...before, reasons: [...before.reasons, reason] });
}
