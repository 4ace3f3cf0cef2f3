import { generatedMark } from "./generated-mark.ts";

/** Enough of a file to find the mark of a generated one in, in bytes. */
export const markedHeadBytes = 512;

/**
 * Whether a regular file can be one that `generate` wrote: the Dockerfile itself, or its ignore file. In: its path in the source, with a
 * slash before it.
 */
export function mayBeGenerated(name: string): boolean {
  return name.lastIndexOf("/") === 0 || /[^/]*(dockerfile|containerfile)[^/]*$/i.test(name);
}

/**
 * Whether such a file is. It does not belong to the app, and if it did, a new digest in a FROM line would run every buildpack again. In:
 * its head.
 */
export function isGeneratedHead(head: Uint8Array): boolean {
  return generatedMark.test(Buffer.from(head).toString("latin1"));
}

/**
 * What a file or directory has in every clone of a repository, whatever the umask is: git knows of a file only whether it is
 * a program. Set-id and sticky bits, which git never sets, are kept as pack keeps them; but for setgid of a directory, which
 * it inherits from wherever the clone lies. In: bits of its mode.
 */
export function cloneModeOf(mode: number, isDirectory: boolean): number {
  if (isDirectory) return (mode & 0o5000) | 0o755;
  return (mode & 0o7000) | ((mode & 0o100) === 0 ? 0o644 : 0o755);
}

/** Finds what `cloneModeOf` takes from whom. What all of the source has is the umask's, and nobody's wish. */
export class LostModes {
  readonly #writable: string[] = [];
  readonly #closed: string[] = [];
  #areAllWritable = true;
  #areAllClosed = true;

  /** Directories that group or others could write to. */
  get writable(): readonly string[] {
    return this.#areAllWritable ? [] : this.#writable;
  }

  /** Files that only their owner could read. */
  get closed(): readonly string[] {
    return this.#areAllClosed ? [] : this.#closed;
  }

  /** Takes a file or directory of the source, but for the source's own, which is BuildKit's. */
  note(path: string, mode: number, isDirectory: boolean): void {
    if ((mode & 0o022) === 0) this.#areAllWritable = false;
    else if (isDirectory) this.#writable.push(path);
    if ((mode & 0o044) !== 0) this.#areAllClosed = false;
    else if (!isDirectory) this.#closed.push(path);
  }
}
