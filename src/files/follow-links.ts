import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, parse, resolve, sep } from "node:path";

/** Where a path leads when every link on the way is followed. */
export interface Followed {
  /** Absolute, without links. Where nothing is: the path that something there would have. */
  readonly path: string;
  /** Absent: nothing is there. */
  readonly stats?: Stats;
}

/** As many as Linux follows. Source: path_resolution(7). */
const maxLinks = 40;

/**
 * Follows links as the system does, opens nothing, and goes on where nothing is: so the place that a link names is known
 * whether something is there or not. In: a list that takes every link on the way, by the place where it lies, without
 * links in front of it. Throws the system's fault.
 */
export function followLinks(path: string, links: string[] = []): Followed {
  const absolute = resolve(path);
  let current = parse(absolute).root;
  let isThere = true;
  const waiting = absolute.slice(current.length).split(sep);
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(current) : join(current, name);
    const stats: Stats | undefined = isThere ? lstatSync(next, { throwIfNoEntry: false }) : undefined;
    isThere = stats !== undefined;
    if (stats?.isSymbolicLink() !== true) {
      current = next;
      continue;
    }
    links.push(next);
    if (links.length > maxLinks) throw Object.assign(new Error(`too many links: ${path}`), { code: "ELOOP" });
    const target = readlinkSync(next);
    waiting.unshift(...target.split(sep));
    if (isAbsolute(target)) current = parse(resolve(target)).root;
  }
  return { path: current, ...(isThere ? { stats: lstatSync(current) } : {}) };
}
