import { statfsSync } from "node:fs";
import { stateDirectory } from "./paths.ts";

/** What is free on the disk of this checkout's lab. */
export function freeBytes(): number {
  const { bavail, bsize } = statfsSync(stateDirectory);
  return bavail * bsize;
}
