import type { Stats } from "node:fs";
import type { ByteString } from "../../layer/byte-string.ts";
import { kindOf, modeOf, type TreeEntry } from "../../layer/walk.ts";

/**
 * What a file or directory has in every clone of a repository, whatever the umask is: git knows of a file only whether it is
 * a program. Set-id and sticky bits, which git never sets, are kept as pack keeps them; but for setgid of a directory, which
 * it inherits from wherever the clone lies.
 */
export function cloneMode(stats: Stats): number {
  const mode = modeOf(stats);
  if (stats.isDirectory()) return (mode & 0o5000) | 0o755;
  return (mode & 0o7000) | ((mode & 0o100) === 0 ? 0o644 : 0o755);
}

/** Finds what `cloneMode` takes from whom. What all of the source has is the umask's, and nobody's wish. */
export class LostModes {
  readonly #writable: ByteString[] = [];
  readonly #closed: ByteString[] = [];
  #areAllWritable = true;
  #areAllClosed = true;

  /** The same entries; what they lose is known once all are through. */
  *noting(entries: Iterable<TreeEntry>): Generator<TreeEntry, void, undefined> {
    for (const entry of entries) {
      this.#note(entry);
      yield entry;
    }
  }

  /** Directories that group or others could write to. */
  get writable(): readonly ByteString[] {
    return this.#areAllWritable ? [] : this.#writable;
  }

  /** Files that only their owner could read. */
  get closed(): readonly ByteString[] {
    return this.#areAllClosed ? [] : this.#closed;
  }

  #note({ name, stats }: TreeEntry): void {
    const kind = kindOf(stats);
    // The source's own directory is BuildKit's.
    if (name === "" || (kind !== "file" && kind !== "directory")) return;
    const path = name.slice(1);
    const mode = modeOf(stats);
    if ((mode & 0o022) === 0) this.#areAllWritable = false;
    else if (kind === "directory") this.#writable.push(path);
    if ((mode & 0o044) !== 0) this.#areAllClosed = false;
    else if (kind === "file") this.#closed.push(path);
  }
}
