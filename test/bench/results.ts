import type { Spread } from "./statistics.ts";

/** A step of one build, as BuildKit or pack names it. */
export interface Step {
  readonly name: string;
  readonly ms: number;
}

/** One run of one side. */
export interface Measurement {
  readonly wallMs: number;
  /** CPU time of the client's processes. */
  readonly clientCpuSeconds: number;
  /** Most memory that the client's processes had at once. */
  readonly clientPeakMiB: number;
  /** CPU time of BuildKit, docker and their containers. */
  readonly daemonCpuSeconds: number;
  /** Sizes of the blobs that the registry took. */
  readonly pushedBytes: number;
  /** Requests that reached the registry. */
  readonly registryRequests: number;
}

/** What one more run showed, whose time does not count. */
export interface Observation {
  /** Started by BuildKit or docker, the frontend's own among them. */
  readonly containers: number;
  readonly steps: readonly Step[];
}

export interface SideResult {
  /** A door's name; with `:once`, what that door takes for a single one of what it does several times. */
  readonly side: string;
  readonly title: string;
  readonly wall: Spread;
  readonly runs: readonly Measurement[];
  /** Absent: not observed. */
  readonly observation?: Observation;
  /** Of each round to the row's reference in the same round. Absent: it is what others are compared with, or nothing is. */
  readonly toReference?: { readonly ratios: readonly number[]; readonly spread: Spread };
  /** The most that `toReference` is to be. Absent: there is no such target. */
  readonly targetRatio?: number;
}

/** Whether a door keeps to a target. */
export interface Verdict {
  /** `buildx: 0.12 of pack`. */
  readonly target: string;
  readonly side: string;
  /** Median of pairs: a ratio, or milliseconds more. */
  readonly value: number;
  readonly limit: number;
  readonly unit: "ratio" | "ms more";
  readonly isMet: boolean;
}

export interface RowResult {
  readonly row: string;
  readonly title: string;
  readonly rounds: number;
  readonly sides: readonly SideResult[];
  /** What ratios are to: `pack build`, `one build`, `twice one platform`. */
  readonly reference: string;
  readonly verdicts: readonly Verdict[];
}

/** The file that `--json` writes and `--compare` reads. */
export interface BenchReport {
  readonly version: 1;
  /** Of what was measured. */
  readonly commit: string;
  readonly cores: number;
  readonly isQuick: boolean;
  readonly rows: readonly RowResult[];
}

/** The doors whose worse one counts. */
export const ourDoors = ["buildx", "build"] as const;
export type OurDoor = (typeof ourDoors)[number];
