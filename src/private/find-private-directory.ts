import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import { isOwn } from "./is-own.ts";
import { NotPrivate } from "./not-private.ts";
import { makePrivateDirectory } from "./private-directory.ts";
import { safeParent } from "./safe-parent.ts";

/** What was found in the place of a directory, so that it is told once, and all of a run use the same. */
const replaced = new Map<string, string>();

/**
 * A directory that we alone can change: the one that is wanted, else one beside it, else one among temporary files, with
 * a warning. The next run finds the same. Out: its path without links. Throws NotPrivate where there is no place for
 * one either; Node's error where the wanted one cannot be made.
 */
export function findPrivateDirectory(path: string, report: Report): string {
  const wanted = resolve(path);
  const known = replaced.get(wanted);
  if (known !== undefined) return known;
  try {
    return makePrivateDirectory(wanted);
  } catch (error) {
    if (!(error instanceof NotPrivate)) throw error;
    const instead = replacement(wanted, error);
    replaced.set(wanted, instead);
    const values = { path: wanted, reason: error.reason, instead };
    report(diagnose("private/replaced", values, { file: wanted }));
    return instead;
  }
}

/** Throws the fault of the wanted one where no place is better. */
function replacement(wanted: string, fault: NotPrivate): string {
  // By the whole path, as all that have no better place meet among temporary files.
  const id = createHash("sha256").update(wanted).digest("hex").slice(0, 12);
  const places = [
    { parent: dirname(wanted), prefix: `${basename(wanted)}.private-` },
    ...[...new Set([tmpdir(), "/tmp"])].map((parent) => ({
      parent,
      prefix: `cnb-dockerfile-${process.getuid?.()}-${id}-`,
    })),
  ];
  for (const { parent, prefix } of places) {
    try {
      const safe = safeParent(parent);
      const earlier = readdirSync(safe).find(
        (name) => name.startsWith(prefix) && isOwn(join(safe, name), "directory"),
      );
      return earlier === undefined ? mkdtempSync(join(safe, prefix)) : join(safe, earlier);
    } catch {
      // No place for us.
    }
  }
  throw fault;
}
