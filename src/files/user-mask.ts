import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Makes an empty file as the user's own programs make theirs, for buildctl to fill. Throws Node's error; also where one is there. */
export function makeFile(path: string): void {
  closeSync(openSync(path, "wx", 0o666));
}

/**
 * Makes the directory of a layout that buildctl is to fill, or finds it. buildctl puts a directory in there that every user
 * may write, through which another one could lead it elsewhere while it runs: that is made first. Throws Node's error.
 */
export function makeLayoutDirectory(path: string): void {
  const ingest = join(path, "ingest");
  mkdirSync(ingest, { recursive: true });
  // Of an earlier run of buildctl.
  chmodSync(ingest, lstatSync(ingest).mode & 0o7777 & ~process.umask());
}

/**
 * Takes from files and directories what the user's umask takes from those that he makes: buildctl knows no umask. Links
 * stay as they are. Throws Node's error.
 */
export function applyMask(path: string): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  const mode = stats.mode & 0o7777 & ~process.umask();
  if (mode !== (stats.mode & 0o7777)) chmodSync(path, mode);
  if (stats.isDirectory()) for (const name of readdirSync(path)) applyMask(join(path, name));
}
