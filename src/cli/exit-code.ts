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

/** An exit code, and what help says of it. */
interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

/** The exit codes of a command, by its name. */
export function exitCodesOf(command: string): readonly ExitCode[] {
  return [
    { code: 0, meaning: "success" },
    { code: exitUserError, meaning: "error in your project or environment" },
    { code: exitUsage, meaning: "usage error" },
    ...(command === "rebase" ? [{ code: exitOutdated, meaning: "newer run image (with --exit-code)" }] : []),
    { code: exitInternal, meaning: "internal error (please report)" },
    { code: exitTemporary, meaning: "temporary failure (retry)" },
    ...(["build", "cache", "plan", "generate"].includes(command)
      ? [{ code: exitInterrupted, meaning: "interrupted" }]
      : []),
  ];
}

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
