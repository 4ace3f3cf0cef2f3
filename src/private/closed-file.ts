import { lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { requireClosed } from "./trust.ts";
import { walk } from "./walk.ts";

/**
 * Finds out that no other user could have put a file where it lies, or can write it: each directory on the way is root's
 * or ours. Whose the file itself is does not count, as root may have mounted it there. Throws NotPrivate; Node's error
 * where it is not there.
 */
export function requireClosedFile(path: string): void {
  const directory = walk(dirname(path), { makes: false, last: "parent" });
  // A sticky directory keeps what lies in it, and whoever comes first chooses what that is.
  requireClosed(directory, lstatSync(directory));
  requireClosed(path, statSync(path));
}
