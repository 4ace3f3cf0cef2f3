import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/**
 * Removes what runc makes below a control group of ours, in each hierarchy. A build that was killed leaves them, empty of
 * processes; one with processes stays, for the kernel lets nobody remove it.
 */
export function removeControlGroups(parent: string): void {
  // With version 2 there is one hierarchy, and its root is the first.
  for (const hierarchy of ["", ...directoriesIn(root)]) remove(join(root, hierarchy, parent));
}

function directoriesIn(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** With those below it: a group goes only when it has none. */
function remove(group: string): void {
  for (const name of directoriesIn(group)) remove(join(group, name));
  try {
    rmdirSync(group);
  } catch {
    // Not there, or in use.
  }
}
