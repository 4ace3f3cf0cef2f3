import { statfsSync } from "node:fs";

/** Left on the disk of the temporary directory, for everybody else on the machine. */
const reserveBytes = 64 * 2 ** 20;

/** The disk would be full. */
export class NoRoom extends Error {}

/** Throws NoRoom where a disk has no room for so many bytes more. */
export function requireRoom(directory: string, sizeBytes = 0): void {
  const { bavail, bsize } = statfsSync(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes < reserveBytes) throw new NoRoom("the disk is nearly full");
  if (freeBytes - sizeBytes < reserveBytes) throw new NoRoom("the disk has less room than its files need");
}
