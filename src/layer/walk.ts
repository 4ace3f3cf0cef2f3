import { lstatSync, readdirSync, type Stats } from "node:fs";
import { type ByteString, bytesOf } from "./byte-string.ts";

/** Something on disk, and the name it goes by in a tree or a layer. */
export interface TreeEntry {
  /** Where it is read. */
  readonly path: ByteString;
  readonly name: ByteString;
  readonly stats: Stats;
}

export type EntryKind = "directory" | "file" | "symlink" | "fifo" | "socket" | "device";

export function kindOf(stats: Stats): EntryKind {
  if (stats.isDirectory()) return "directory";
  if (stats.isFile()) return "file";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "fifo";
  return stats.isSocket() ? "socket" : "device";
}

/** Something is another kind of thing than it has to be, as a link where a directory was expected. */
export class OddEntryError extends Error {
  readonly path: ByteString;
  readonly kind: EntryKind;
  readonly wanted: "directory" | "file";

  /** In: where it is found on disk. */
  constructor(path: ByteString, kind: EntryKind, wanted: OddEntryError["wanted"]) {
    super(`${path} is a ${kind}, not a ${wanted}`);
    this.path = path;
    this.kind = kind;
    this.wanted = wanted;
  }
}

/** Permission bits with setuid, setgid and sticky. */
export function modeOf(stats: Stats): number {
  return stats.mode & 0o7777;
}

export function entryAt(path: ByteString, name: ByteString): TreeEntry {
  return { path, name, stats: lstatSync(bytesOf(path)) };
}

/**
 * Everything at and below `path`, named from `name` on: a directory before what it holds, the names of a directory
 * sorted by bytes. Symlinks are not followed. Throws node's error where something cannot be read or has vanished.
 */
export function* walkTree(path: ByteString, name: ByteString): Generator<TreeEntry, void, undefined> {
  const pending = [{ path, name }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const entry = entryAt(next.path, next.name);
    yield entry;
    if (!entry.stats.isDirectory()) continue;
    const children = readdirSync(bytesOf(entry.path), { encoding: "latin1" }).sort().reverse();
    for (const child of children)
      pending.push({ path: `${entry.path}/${child}`, name: `${entry.name}/${child}` });
  }
}

/** `path` as it is found below `root`, a directory that stands for `/`. */
export function below(root: ByteString, path: ByteString): ByteString {
  return root === "/" ? path : `${root}${path}`;
}

/** The directories above the absolute `path`, from the top, without `/`. Throws OddEntryError where one is a link. */
export function parentsOf(root: ByteString, path: ByteString): TreeEntry[] {
  const segments = path.split("/").slice(1, -1);
  return segments.map((_, index) => {
    const name = `/${segments.slice(0, index + 1).join("/")}`;
    const entry = entryAt(below(root, name), name);
    if (entry.stats.isDirectory()) return entry;
    throw new OddEntryError(entry.path, kindOf(entry.stats), "directory");
  });
}

/** The directories above `path`, and all at and below it. In: where that lies, should it be elsewhere. Throws as they do. */
export function* walkWithParents(
  root: ByteString,
  path: ByteString,
  from = below(root, path),
): Generator<TreeEntry, void, undefined> {
  yield* parentsOf(root, path);
  yield* walkTree(from, path);
}

/** Seconds since 1970, rounded down. Read as big integers: as a number, a second's last nanoseconds are the next second. */
export function mtimeSecondsAt(path: ByteString): number {
  const { mtimeNs } = lstatSync(bytesOf(path), { bigint: true });
  const rest = mtimeNs % 1_000_000_000n;
  return Number((mtimeNs - rest) / 1_000_000_000n) - (rest < 0n ? 1 : 0);
}

/** Tells the names of one file from those of others. Read as big integers: overlayfs sets bits above 2^53. */
export function inodeKey(path: ByteString): string {
  const { dev, ino } = lstatSync(bytesOf(path), { bigint: true });
  return `${dev}:${ino}`;
}
