import { lstatSync, mkdirSync, readlinkSync, type Stats } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";
import { isShared, knowsUsers, requireOwn, requireOwnLink, requireSafeParent } from "./trust.ts";

/** As many links as the kernel follows. Source: path_resolution(7). */
const maxLinks = 40;

interface Walk {
  /** Whether what lacks is made, for us alone. */
  readonly makes: boolean;
  /** What is asked of the last directory: that it is ours, or that others cannot replace what lies in it. */
  readonly last: "own" | "parent";
}

/**
 * Goes along a path from the root, link by link, and looks at each directory on the way: whoever may change one of them
 * may put another in the place of the last. Out: the path without links. Throws NotPrivate, or Node's error.
 */
export function walk(path: string, { makes, last }: Walk): string {
  const whole = resolve(path);
  if (!knowsUsers()) {
    if (makes) mkdirSync(whole, { recursive: true });
    return whole;
  }
  const { root } = parse(whole);
  const rest = namesOf(whole);
  let current = { path: root, stats: lstatSync(root) };
  let linkCount = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    requireSafeParent(current.path, current.stats);
    // Two dots are of a link's target, and the way so far has no link in it.
    const next = name === ".." ? dirname(current.path) : join(current.path, name);
    const stats = look(next, makes);
    if (stats.isSymbolicLink()) {
      linkCount += 1;
      if (linkCount > maxLinks) throw systemFault("ELOOP", whole);
      requireOwnLink(next, stats, isShared(current.stats));
      const target = readlinkSync(next);
      rest.unshift(...namesOf(target));
      if (target.startsWith(sep)) current = { path: root, stats: lstatSync(root) };
      continue;
    }
    if (!stats.isDirectory()) throw systemFault("ENOTDIR", next);
    current = { path: next, stats };
  }
  const check = last === "own" ? requireOwn : requireSafeParent;
  check(current.path, current.stats);
  return current.path;
}

function namesOf(path: string): string[] {
  return path.split(sep).filter((name) => name !== "" && name !== ".");
}

/** What the kernel would say of the whole path. */
function systemFault(code: "ELOOP" | "ENOTDIR", path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path, syscall: "lstat" });
}

function look(path: string, makes: boolean): Stats {
  const found = lstatSync(path, { throwIfNoEntry: !makes });
  if (found !== undefined) return found;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody was faster; who, is looked at next.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return lstatSync(path);
}
