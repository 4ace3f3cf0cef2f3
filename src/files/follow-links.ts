import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, parse, sep } from "node:path";

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
 * whether something is there or not. `..` comes back out of what is not there, too: some programs shorten it away first.
 * In: a list that takes every link on the way, by the place where it lies, without links in front of it. Throws the
 * system's fault.
 */
export function followLinks(path: string, links: string[] = []): Followed {
  // Not by node's `resolve`: of `link/..` it makes nothing, and the system goes where the link leads.
  const absolute = isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
  let current = parse(absolute).root;
  let isThere = true;
  const waiting = absolute.slice(current.length).split(sep);
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (name === "" || name === ".") continue;
    const next = name === ".." ? dirname(current) : join(current, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    isThere &&= stats !== undefined;
    if (stats?.isSymbolicLink() !== true) {
      current = next;
      continue;
    }
    links.push(next);
    if (links.length > maxLinks) throw Object.assign(new Error(`too many links: ${path}`), { code: "ELOOP" });
    const target = readlinkSync(next);
    waiting.unshift(...target.split(sep));
    if (isAbsolute(target)) current = parse(target).root;
  }
  return { path: current, ...(isThere ? { stats: lstatSync(current) } : {}) };
}

/**
 * A path that leads to one place for the system, and for whoever takes `NAME/..` out of its text first, as node's `resolve`
 * and Go's `filepath` do: links in front of a `..` are followed. As it was written where none is there, or where it cannot
 * be followed. Who judges by its links where a path leads needs the path as it was written.
 */
export function plainPath(path: string): string {
  const names = path.split(sep);
  const behind = names.lastIndexOf("..") + 1;
  if (behind === 0) return path;
  const links: string[] = [];
  try {
    const { path: place } = followLinks(names.slice(0, behind).join(sep), links);
    return links.length === 0 ? path : join(place, ...names.slice(behind));
  } catch {
    return path;
  }
}
