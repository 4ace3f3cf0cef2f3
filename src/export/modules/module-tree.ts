import {
  chmodSync,
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { ArchiveError } from "../../archive/archive-error.ts";
import type { TarMember } from "../../archive/tar.ts";
import { epochSeconds } from "../../contract/epoch.ts";
import { type ByteString, byteStringOf, bytesOf } from "../../layer/byte-string.ts";

/**
 * Puts an archive's entries below a directory: root's, dated 1980-01-01T00:00:01Z. Nothing is ever written through a
 * symlink, so what an archive says cannot change anything else. Names are below the directory, without `..`.
 */
export class ModuleTree {
  readonly #root: ByteString;
  readonly #directories = new Set<string>();

  constructor(root: ByteString) {
    this.#root = root;
    mkdirSync(bytesOf(root), { recursive: true });
  }

  /** Makes a directory and those above it, 0755 where they are new. */
  makeDirectory(name: string, mode?: number): void {
    const parts = name === "" ? [] : name.split("/");
    for (let depth = 1; depth <= parts.length; depth += 1) this.#step(parts.slice(0, depth).join("/"));
    if (mode !== undefined && name !== "") chmodSync(this.#path(name), mode);
  }

  /** Out: bytes of content. Throws ArchiveError where the entry's name is another's already, or below a link. */
  async put(
    member: Omit<TarMember, "kind"> & { readonly kind: Exclude<TarMember["kind"], "other"> },
  ): Promise<number> {
    const { name, kind, mode, target, content } = member;
    if (kind === "directory") {
      this.makeDirectory(name, mode);
      return 0;
    }
    const path = this.#placeFor(name);
    switch (kind) {
      case "file":
        return await writeFile(path, mode, content());
      case "symlink":
        symlinkSync(bytesOf(byteStringOf(target)), path);
        break;
      case "hardlink":
        linkSync(this.#linkedFile(name, target), path);
    }
    lchownSync(path, 0, 0);
    lutimesSync(path, epochSeconds, epochSeconds);
    return 0;
  }

  /** Last: putting a file into a directory changes its time. */
  resetTimes(): void {
    for (const name of this.#directories) lutimesSync(this.#path(name), epochSeconds, epochSeconds);
  }

  /** Where an entry of that name goes. */
  place(name: string): ByteString {
    return `${this.#root}/${byteStringOf(name)}`;
  }

  #path(name: string): Buffer {
    return bytesOf(this.place(name));
  }

  #step(name: string): void {
    if (this.#directories.has(name)) return;
    const path = this.#path(name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      mkdirSync(path);
      lchownSync(path, 0, 0);
      chmodSync(path, 0o755);
    } else if (!stats.isDirectory()) {
      throw new ArchiveError(`its entry ${JSON.stringify(name)} is both a directory and something else`);
    }
    this.#directories.add(name);
  }

  /** As in any tar, an entry takes the place of one of the same name before it. */
  #placeFor(name: string): Buffer {
    const slash = name.lastIndexOf("/");
    if (slash !== -1) this.makeDirectory(name.slice(0, slash));
    const path = this.#path(name);
    if (name === "" || lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new ArchiveError(`its entry ${JSON.stringify(name)} is both a directory and something else`);
    }
    rmSync(path, { force: true });
    return path;
  }

  #linkedFile(name: string, target: string): Buffer {
    const slash = target.lastIndexOf("/");
    if (slash !== -1) this.makeDirectory(target.slice(0, slash));
    const path = this.#path(target);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) return path;
    throw new ArchiveError(
      `its entry ${JSON.stringify(name)} is a hard link to ${JSON.stringify(target)}, which is not an earlier file`,
    );
  }
}

async function writeFile(path: Buffer, mode: number, content: AsyncIterable<Uint8Array>): Promise<number> {
  let sizeBytes = 0;
  const file = openSync(path, "wx", 0o600);
  try {
    for await (const chunk of content) {
      writeFileSync(file, chunk);
      sizeBytes += chunk.length;
    }
  } finally {
    closeSync(file);
  }
  // Owner before mode: a change of owner clears setuid and setgid.
  lchownSync(path, 0, 0);
  chmodSync(path, mode);
  lutimesSync(path, epochSeconds, epochSeconds);
  return sizeBytes;
}
