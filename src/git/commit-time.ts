import { join } from "node:path";
import { findClone } from "./find-clone.ts";
import { readObject } from "./object.ts";

/**
 * When a commit was made, in ISO 8601 with its own time zone. In: its whole id. No program is run and nothing fetched; of
 * objects that the clone borrows (alternates) nothing is known. Undefined: not a clone, or no such commit in it.
 */
export function readCommitTime(directory: string, commit: string): string | undefined {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return undefined;
  const clone = findClone(directory);
  if (clone === undefined) return undefined;
  const object = readObject(join(clone.gitDirectory, "objects"), commit);
  if (object?.type !== "commit") return undefined;
  const [header = ""] = object.content.toString("utf8").split("\n\n", 1);
  const [, seconds, sign, hours, minutes] =
    /^committer .* (\d{1,11}) ([+-])(\d\d)(\d\d)$/m.exec(header) ?? [];
  if (seconds === undefined) return undefined;
  const offsetMinutes = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  const local = new Date((Number(seconds) + offsetMinutes * 60) * 1000);
  return local.getUTCFullYear() > 9999
    ? undefined
    : local.toISOString().replace(".000Z", `${sign}${hours}:${minutes}`);
}
