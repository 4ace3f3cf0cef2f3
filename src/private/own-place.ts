import { join } from "node:path";
import type { Report } from "../diagnostics/diagnostic.ts";
import { findPrivateDirectory } from "./find-private-directory.ts";
import { ownDirectory } from "./own-directory.ts";

/**
 * Makes the directory of that name among ours, or finds one in its place, with a warning, where another user could change
 * it. Out: its path without links. Throws as `findPrivateDirectory` does.
 */
export function ownPlace(kind: Parameters<typeof ownDirectory>[0], name: string, report: Report): string {
  // All that lies in one that was replaced is replaced with it, and told once.
  return findPrivateDirectory(join(findPrivateDirectory(ownDirectory(kind), report), name), report);
}
