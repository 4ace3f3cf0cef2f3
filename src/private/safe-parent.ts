import { walk } from "./walk.ts";

/**
 * Finds out whether what we make in a directory stays ours: nobody else can rename or remove it. Out: its path without
 * links. Throws NotPrivate; Node's error where it is not there.
 */
export function safeParent(path: string): string {
  return walk(path, { makes: false, last: "parent" });
}
