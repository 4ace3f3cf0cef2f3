import { parseArgs } from "node:util";
import { matrix, type Row } from "./matrix.ts";

export const benches = ["compile", "generate", "build", "frontend", "engines", "fleet"] as const;
export type Bench = (typeof benches)[number];

/** What one call is to do. */
export interface BenchOrder {
  readonly rows: readonly Row[];
  /** Beside the matrix. */
  readonly benches: readonly Bench[];
  readonly isQuick: boolean;
  /** Of each row. */
  readonly rounds: (row: Row) => number;
  /** Files that are written. Absent: none of that kind. */
  readonly json?: string;
  readonly markdown?: string;
  readonly svg?: string;
  /** An earlier run's `--json`. */
  readonly compare?: string;
}

export const usage = `npm run bench -- [--quick] [NAME…] [--runs N] [--json FILE] [--markdown FILE] [--svg FILE] [--compare FILE]

Builds the same apps by pack, docker buildx, cnb-dockerfile and a hand-written Dockerfile, in turn, and prints medians and ratios.
Without a name: the whole matrix, which takes most of an hour on two cores.

  --quick          some rows, with fewer rounds: seven to eight minutes
  --runs N         rounds of each row (default: 5; with --quick 3 to 7)
  --json FILE      write all that was measured
  --markdown FILE  write a table, or renew it between the comments "bench" of a file that has them
  --svg FILE       write a chart
  --compare FILE   an earlier run's --json: print how each ratio has changed; needs a machine without other work

Rows:    ${namesOf(({ isOnRequest }) => isOnRequest !== true)}
By name: ${namesOf(({ isOnRequest }) => isOnRequest === true)}
Others:  ${benches.join(" ")}
`;

function namesOf(isMeant: (row: Row) => boolean): string {
  return matrix
    .filter(isMeant)
    .map(({ name }) => name)
    .join(" ");
}

/** Throws with a text for the user. */
export function readArguments(words: readonly string[]): BenchOrder {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      runs: { type: "string" },
      json: { type: "string" },
      markdown: { type: "string" },
      svg: { type: "string" },
      compare: { type: "string" },
    },
  });
  const { quick: isQuick, runs, ...files } = values;
  if (runs !== undefined && !/^[1-9]\d{0,2}$/.test(runs))
    throw new Error(`--runs is a number from 1 to 999, not ${runs}`);
  const isBench = (name: string): name is Bench => benches.some((bench) => bench === name);
  const named = positionals.filter((name) => !isBench(name));
  const unknown = named.find((name) => !matrix.some((row) => row.name === name));
  if (unknown !== undefined) throw new Error(`there is no row ${unknown}`);
  const isWanted = (row: Row) => {
    if (positionals.length > 0) return named.includes(row.name);
    return isQuick ? row.isQuick === true : row.isOnRequest !== true;
  };
  return {
    rows: matrix.filter(isWanted),
    benches: positionals.filter(isBench),
    isQuick,
    rounds: ({ quickRounds = 3 }) => Number(runs ?? (isQuick ? quickRounds : 5)),
    ...files,
  };
}
