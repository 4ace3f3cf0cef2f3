import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { digestOf } from "../../image/digest.ts";
import { findPrivateDirectory } from "../../private/find-private-directory.ts";
import { ownPlace } from "../../private/own-place.ts";
import { writePrivateFile } from "../../private/private-file.ts";

/**
 * Manifests and configs on disk, by digest: what a digest names never changes.
 * A cache that cannot be written is no fault: the next run asks again.
 */
export class BlobCache {
  readonly #find: () => string;
  #found: string | undefined;

  /** In: another place than our own; who hears that another one had to be taken. */
  constructor(directory?: string, report: Report = () => {}) {
    this.#find = () =>
      directory === undefined ? ownPlace("cache", "blobs", report) : findPrivateDirectory(directory, report);
  }

  /** Undefined: not there, or not what its name says. */
  read(digest: string): Buffer | undefined {
    try {
      const bytes = readFileSync(this.#path(digest));
      return digestOf(bytes) === digest ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  write(digest: string, bytes: Buffer): void {
    try {
      writePrivateFile(this.#path(digest), bytes);
    } catch {}
  }

  #path(digest: string): string {
    this.#found ??= this.#find();
    return join(this.#found, digest.replace(":", "-"));
  }
}
