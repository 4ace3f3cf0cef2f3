import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What is below a directory. */
interface DiskUse {
  /** Of files and links, as they say. */
  readonly sizeBytes: number;
  /** Of everything, in blocks of the disk. */
  readonly diskBytes: number;
  readonly entries: number;
}

/** Adds up what is below a directory, however it changes meanwhile; no link is followed. In: names that are left out there. */
export function diskUse(directory: string, leftOut: readonly string[] = []): DiskUse {
  let [sizeBytes, diskBytes, entries] = [0, 0, 0];
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (leftOut.includes(entry.name)) continue;
      const path = join(directory, entry.name);
      const { size = 0, blocks = 0 } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
      const inner = entry.isDirectory() ? diskUse(path) : { sizeBytes: size, diskBytes: 0, entries: 0 };
      sizeBytes += inner.sizeBytes;
      // A file that is being written may have no block yet.
      diskBytes += inner.diskBytes + Math.max(size, blocks * 512);
      entries += inner.entries + 1;
    }
  } catch {}
  return { sizeBytes, diskBytes, entries };
}
