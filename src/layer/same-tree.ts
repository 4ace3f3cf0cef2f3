import { closeSync, readlinkSync } from "node:fs";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { openPlainFile, readFully } from "./plain-path.ts";
import { kindOf, modeOf, type TreeEntry, walkTree } from "./walk.ts";

/**
 * Whether two directories make the same layer: names, kinds, modes, contents of files and targets of links. Owners and times do not
 * count. Files with several names, pipes and devices count as different: a copy treats them by what is around them. Stops at the
 * first difference. Throws node's error where something cannot be read.
 */
export function isSameTree(one: ByteString, other: ByteString): boolean {
  const contents = new Contents();
  const others = walkTree(other, "");
  for (const entry of walkTree(one, "")) {
    const { value: second } = others.next();
    if (second === undefined || !isSameEntry(entry, second, contents)) return false;
  }
  return others.next().done === true;
}

function isSameEntry(one: TreeEntry, other: TreeEntry, contents: Contents): boolean {
  const kind = kindOf(one.stats);
  if (one.name !== other.name || kind !== kindOf(other.stats)) return false;
  if (kind === "directory") return modeOf(one.stats) === modeOf(other.stats);
  if (one.stats.nlink > 1 || other.stats.nlink > 1) return false;
  if (kind === "symlink") return targetOf(one) === targetOf(other);
  return kind === "file" && modeOf(one.stats) === modeOf(other.stats) && contents.areSame(one, other);
}

function targetOf({ path }: TreeEntry): ByteString {
  return readlinkSync(bytesOf(path), { encoding: "latin1" });
}

/** Bytes compared at a time. */
const pieceBytes = 1 << 18;

/** Compares files with the same two buffers. */
class Contents {
  readonly #one = Buffer.allocUnsafe(pieceBytes);
  readonly #other = Buffer.allocUnsafe(pieceBytes);

  areSame({ path: one, stats }: TreeEntry, { path: other, stats: { size } }: TreeEntry): boolean {
    if (stats.size !== size) return false;
    if (size === 0) return true;
    const first = openPlainFile(one);
    try {
      const second = openPlainFile(other);
      try {
        return this.#areSameFiles(first, second);
      } finally {
        closeSync(second);
      }
    } finally {
      closeSync(first);
    }
  }

  #areSameFiles(first: number, second: number): boolean {
    for (;;) {
      const read = readFully(first, this.#one);
      if (read !== readFully(second, this.#other)) return false;
      if (!this.#one.subarray(0, read).equals(this.#other.subarray(0, read))) return false;
      if (read < pieceBytes) return true;
    }
  }
}
