import type { Stats } from "node:fs";
import { cloneModeOf, type LostModes } from "../../contract/source-files.ts";
import { kindOf, modeOf, type TreeEntry } from "../../layer/walk.ts";

/** What a file or directory of the source has in every clone of a repository. */
export function cloneMode(stats: Stats): number {
  return cloneModeOf(modeOf(stats), stats.isDirectory());
}

/** The same entries; what they lose is known once all are through. */
export function* noting(
  lost: LostModes,
  entries: Iterable<TreeEntry>,
): Generator<TreeEntry, void, undefined> {
  for (const entry of entries) {
    const kind = kindOf(entry.stats);
    if (entry.name !== "" && (kind === "file" || kind === "directory"))
      lost.note(entry.name.slice(1), modeOf(entry.stats), kind === "directory");
    yield entry;
  }
}
