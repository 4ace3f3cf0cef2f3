import { lstatSync } from "node:fs";
import { knowsUsers, requireOwn } from "./trust.ts";

/** Whether something is ours, of that kind and no link, and closed to others' changes. */
export function isOwn(path: string, kind: "file" | "directory"): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const isKind = kind === "file" ? stats?.isFile() : stats?.isDirectory();
  if (stats === undefined || isKind !== true) return false;
  if (!knowsUsers()) return true;
  try {
    requireOwn(path, stats);
    return true;
  } catch {
    return false;
  }
}
