import type { BuildEnding } from "../build/build-ending.ts";

/** The user can mend it: bad input, a stale file. */
export const exitUserError = 1;
/** Wrong use of the command line; commander's and most tools' number. */
export const exitUsage = 2;
/** Asked for by `rebase --exit-code`: nothing is wrong, and a newer run image is there. */
export const exitOutdated = 3;
/** A mistake of ours; sysexits' EX_SOFTWARE. */
export const exitInternal = 70;
/** Retrying can help; sysexits' EX_TEMPFAIL. */
export const exitTemporary = 75;
/** Somebody wanted it to end; what a shell says of SIGINT. */
const exitInterrupted = 130;

/** What a build exits with. */
export function exitOf(ending: BuildEnding): number {
  switch (ending) {
    case "done":
      return 0;
    case "failed":
      return exitUserError;
    case "unavailable":
      return exitTemporary;
    case "interrupted":
      return exitInterrupted;
  }
}
