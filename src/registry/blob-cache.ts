import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownDirectory } from "./own-directory.ts";

/**
 * Manifests and configs on disk, by digest: what a digest names never changes.
 * A cache that cannot be written is no fault: the next run asks again.
 */
export class BlobCache {
  private readonly directory: string;

  constructor(directory = join(ownDirectory("cache"), "blobs")) {
    this.directory = directory;
  }

  /** Undefined: not there, or not what its name says. */
  read(digest: string): Buffer | undefined {
    try {
      const bytes = readFileSync(this.path(digest));
      return `sha256:${createHash("sha256").update(bytes).digest("hex")}` === digest ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  write(digest: string, bytes: Buffer): void {
    const temporary = `${this.path(digest)}.${randomUUID()}`;
    try {
      mkdirSync(this.directory, { recursive: true });
      writeFileSync(temporary, bytes);
      renameSync(temporary, this.path(digest));
    } catch {
      discard(temporary);
    }
  }

  private path(digest: string): string {
    return join(this.directory, digest.replace(":", "-"));
  }
}

/** Where the directory is no directory, or closed to us, there is nothing to remove, and saying so is a fault again. */
function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {}
}
