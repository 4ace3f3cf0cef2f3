import { lstatSync } from "node:fs";
import { knowsUsers } from "./trust.ts";

/** Whether something belongs to us, a link included, whoever may change it. False: it is not there, either. */
export function isOurs(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (!knowsUsers() || stats.uid === process.getuid?.());
}
