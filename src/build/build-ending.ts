import type { Ending } from "../engines/run/run-build.ts";

/**
 * How a build, or a part of it, ended. `failed`: the user can mend it, and the engine has said why; `unavailable`: trying
 * again can help; `interrupted`: somebody wanted it to end.
 */
export type BuildEnding = "done" | "failed" | "unavailable" | "interrupted";

/** How the run of an engine ended. */
export function endingOf({ exitCode, isInterrupted, isTemporary }: Ending): BuildEnding {
  if (exitCode === 0) return "done";
  if (isInterrupted) return "interrupted";
  return isTemporary ? "unavailable" : "failed";
}
