import { walk } from "./walk.ts";

/**
 * Makes a directory that we alone can change, with those above it, or finds that one is there already. New ones have mode
 * 0700. Out: its path without links. Throws NotPrivate where another user could change it or put another in its place;
 * Node's error where it cannot be made.
 */
export function makePrivateDirectory(path: string): string {
  return walk(path, { makes: true, last: "own" });
}
