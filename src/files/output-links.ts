import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { followLinks } from "./follow-links.ts";
import { isBelow } from "./is-below.ts";

/**
 * Throws CompileError where a link on the way to a file or directory that is to be written lies in one of the
 * directories: whoever made their content would choose what is written. In: directories without links in their paths; the
 * flag that names the output.
 */
export function requireNoLink(path: string, directories: readonly string[], flag: string): void {
  const links: string[] = [];
  try {
    followLinks(path, links);
  } catch {
    // What cannot be followed is told when it is written; a link on the way to it counts.
  }
  refuseLinks(path, links, directories, flag);
}

/** Where a path leads, of which no link lies in one of the directories. Throws CompileError, or the system's fault. */
export function followedWithout(path: string, directories: readonly string[], flag: string): string {
  const links: string[] = [];
  const { path: place } = followLinks(path, links);
  refuseLinks(path, links, directories, flag);
  return place;
}

function refuseLinks(
  path: string,
  links: readonly string[],
  directories: readonly string[],
  flag: string,
): void {
  const link = links.find((one) => directories.some((directory) => isBelow(one, directory)));
  if (link !== undefined) throw outputLink(path, link, flag);
}

/** The same for an output directory and what is in it. In: names of what is written there; absent: all that it holds. */
export function requireNoLinkIn(
  path: string,
  names: readonly string[] | undefined,
  directories: readonly string[],
  flag: string,
): void {
  requireNoLink(path, directories, flag);
  const { path: place, stats } = followLinks(path);
  if (stats?.isDirectory() !== true || !directories.some((directory) => isBelow(place, directory))) return;
  for (const name of names ?? readdirSync(place)) {
    const link = linkIn(join(place, name));
    if (link !== undefined) throw outputLink(path, link, flag);
  }
}

/** The first link at a path or below it, none of which is followed. Undefined: there is none. */
export function linkIn(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) return path;
  if (stats?.isDirectory() !== true) return undefined;
  for (const name of readdirSync(path)) {
    const found = linkIn(join(path, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

function outputLink(path: string, link: string, flag: string): CompileError {
  return new CompileError([diagnose("files/output-link", { path, link }, { file: flag })]);
}
