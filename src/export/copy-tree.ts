import {
  chmodSync,
  copyFileSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readlinkSync,
  type Stats,
  symlinkSync,
} from "node:fs";
import { type ByteString, bytesOf } from "../layer/byte-string.ts";
import type { Owner } from "../layer/lifecycle-tar.ts";
import { type EntryKind, inodeKey, kindOf, modeOf, type TreeEntry } from "../layer/walk.ts";

/** What becomes of owner, mode and time of what is copied. */
export interface CopyRules {
  /** Absent: whoever copies. */
  readonly owner?: Owner;
  readonly mode: (stats: Stats, name: ByteString) => number;
  /** Absent: the times stay, to the microsecond. */
  readonly mtimeSeconds?: number;
  /** Hears of FIFOs, devices and sockets, which are left out. */
  readonly onLeftOut: (entry: TreeEntry, kind: EntryKind) => void;
}

/** What was copied. Bytes are those of file contents, a hard link's once. */
export interface CopyTotals {
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Copies `entries` to `target` + their names; a directory comes before what it holds. Symlinks stay symlinks, hard
 * links within `entries` stay hard links; extended attributes are not copied. Directories that exist are kept.
 * Throws node's error where something cannot be read or written.
 */
export function copyTree(entries: Iterable<TreeEntry>, target: ByteString, rules: CopyRules): CopyTotals {
  const firstNames = new Map<string, ByteString>();
  const directories: { entry: TreeEntry; to: Buffer }[] = [];
  let files = 0;
  let sizeBytes = 0;
  for (const entry of entries) {
    const destination = `${target}${entry.name}`;
    const to = bytesOf(destination);
    const kind = kindOf(entry.stats);
    if (kind === "directory") {
      mkdirSync(to, { recursive: true });
      directories.push({ entry, to });
      continue;
    }
    if (kind !== "file" && kind !== "symlink") {
      rules.onLeftOut(entry, kind);
      continue;
    }
    files += 1;
    if (entry.stats.nlink > 1) {
      const inode = inodeKey(entry.path);
      const first = firstNames.get(inode);
      if (first !== undefined) {
        linkSync(bytesOf(first), to);
        continue;
      }
      firstNames.set(inode, destination);
    }
    if (kind === "file") {
      copyFileSync(bytesOf(entry.path), to);
      sizeBytes += entry.stats.size;
    } else {
      symlinkSync(readlinkSync(bytesOf(entry.path), { encoding: "buffer" }), to);
    }
    finish(entry, to, rules);
  }
  // Last, and the deepest first: what is made in a directory changes its time.
  for (const { entry, to } of directories.reverse()) finish(entry, to, rules);
  return { files, sizeBytes };
}

/** Owner before mode: a change of owner clears setuid and setgid. */
function finish({ stats, name }: TreeEntry, to: Buffer, { owner, mode, mtimeSeconds }: CopyRules): void {
  if (owner !== undefined) lchownSync(to, owner.uid, owner.gid);
  if (!stats.isSymbolicLink()) chmodSync(to, mode(stats, name));
  const time = mtimeSeconds ?? stats.mtimeMs / 1000;
  lutimesSync(to, time, time);
}

/** The mode on disk, unchanged. */
export function sameMode(stats: Stats): number {
  return modeOf(stats);
}
