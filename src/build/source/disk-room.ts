import { statfsSync } from "node:fs";

/** Left on the disk of the temporary directory, for everybody else on the machine. */
const reserve = { bytes: 64 * 2 ** 20, entries: 1024 } as const;

/** The disk would be full. */
export class NoRoom extends Error {}

/** Bytes that we may still write to a disk. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/** Throws NoRoom where a disk has no room for so many bytes or entries more. */
export function requireRoom(directory: string, need: { sizeBytes?: number; entries?: number } = {}): void {
  const { bavail, bsize, files, ffree } = statfsSync(directory);
  const { sizeBytes = 0, entries = 0 } = need;
  const bytesLeft = bavail * bsize - reserve.bytes;
  if (bytesLeft < 0) throw new NoRoom("the disk is nearly full");
  if (bytesLeft < sizeBytes) throw new NoRoom("the disk has too little free space for its files");
  // Some file systems have no such number, and say 0 of 0.
  const entriesLeft = files === 0 ? Number.POSITIVE_INFINITY : ffree - reserve.entries;
  if (entriesLeft < 0) throw new NoRoom("the disk is nearly out of inodes");
  if (entriesLeft < entries) throw new NoRoom("the disk has too few free inodes for its files");
}
