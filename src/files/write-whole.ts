import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { followLinks } from "./follow-links.ts";
import { followedWithout, requireNoLink } from "./output-links.ts";

/**
 * Writes all of a file or nothing of it; one that already holds the text is not touched. A link stays a link, and what
 * it leads to is written, unless the link lies in one of the closed directories: then CompileError is thrown. A device or
 * pipe gets the text, and stays what it is. A new file has the mode that the umask leaves it. In: the flag that names it.
 */
export function writeWhole(path: string, text: string, closed: readonly string[] = [], flag = ""): void {
  requireNoLink(path, closed, flag);
  const target = linkTarget(path);
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw new Error("is a directory");
  if (stats !== undefined && !stats.isFile()) {
    writeFileSync(target, text);
    return;
  }
  if (stats !== undefined && readFileSync(target, "utf8") === text) return;
  inDirectory(followedWithout(dirname(target), closed, flag), (directory) => {
    const temporary = join(directory, `${basename(target)}.${randomUUID()}.tmp`);
    try {
      writeFileSync(temporary, text, { flag: "wx" });
      if (stats !== undefined) chmodSync(temporary, stats.mode & 0o7777);
      renameSync(temporary, join(directory, basename(target)));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** Acts in a directory, and not in one that a link leads to which takes its place meanwhile. In: a path without links. */
function inDirectory(path: string, act: (directory: string) => void): void {
  const fd = openDirectory(path);
  try {
    act(fd === undefined ? path : opened(fd, path));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Undefined: it can be written to, perhaps, but not opened. */
function openDirectory(path: string): number | undefined {
  const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}

/** By its descriptor; by its path where /proc is hidden. */
function opened(fd: number, path: string): string {
  const place = `/proc/self/fd/${fd}`;
  let there: string;
  try {
    there = readlinkSync(place);
  } catch {
    return path;
  }
  if (there !== path) throw new Error("its directory was replaced in the meantime");
  return place;
}

/** Where a link leads, even if nothing is there yet. */
function linkTarget(path: string): string {
  try {
    // Of `link/..` Node's own realpath says what the text says, not what the system finds.
    return realpathSync.native(path);
  } catch {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats?.isSymbolicLink() === true ? followLinks(path).path : path;
  }
}
