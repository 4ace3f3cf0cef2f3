import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { followLinks } from "./follow-links.ts";
import { isBelow } from "./is-below.ts";
import { findInside, LeadsOutside } from "./read-inside.ts";
import { type FileOrigin, leadsOutside, unreadable } from "./text-file.ts";

/** How far the links of a project reach. */
export interface Border {
  /** Directory that nothing outside of is read, without links: the project's, or one above it. */
  readonly directory: string;
  /** Directories whose links no output follows, without links. */
  readonly outputs: readonly string[];
}

/** A project that was brought here, from a git server or out of an archive. */
interface Fetched {
  readonly directory: string;
  /** Where all of it lies; absent: it was not brought here. */
  readonly tree?: string;
}

/**
 * The border of a project. In: its directory, which is there, as it was written; what `--root` says. Of a project that was brought
 * here, the user knows no directory, so its root is seen from there, and is no more than what was brought. Links above the
 * project are the user's own, unless they lie in a repository and lead out of it: it could be a stranger's. Throws
 * CompileError for such a link without a root, and where the root is not above the project, or not of what was brought.
 */
export function readBorder(directory: string, root: string | undefined, fetched?: Fetched): Border {
  const links: string[] = [];
  const own = followLinks(directory, links).path;
  if (root === undefined) requireOwnSource(own, links);
  const border = root === undefined ? own : readRoot(root, own, fetched);
  return { directory: border, outputs: [border, repositoryOf(own)] };
}

/**
 * The border, for what a flag names in it, or through a link in it: whoever made the project chose where that leads.
 * Undefined: it lies elsewhere, and is the user's own.
 */
export function borderOf(path: string, { directory }: Border): string | undefined {
  const links: string[] = [];
  let end: string;
  try {
    end = followLinks(path, links).path;
  } catch {
    // What cannot be followed cannot be read either, and whoever reads it says why.
    return directory;
  }
  return [end, ...links].some((place) => isBelow(place, directory)) ? directory : undefined;
}

/** How a file or directory is read that a flag names. */
export function namedBy(flag: string, path: string, border: Border): FileOrigin {
  const limit = borderOf(path, border);
  return limit === undefined ? {} : { border: limit, flag };
}

/** Throws CompileError where something that a flag names, and another program reads, lies in the project and leads out of it. */
export function requireInside(flag: string, path: string, border: Border): void {
  const limit = borderOf(path, border);
  if (limit === undefined) return;
  try {
    findInside(path, limit);
  } catch (error) {
    // A program that shortens `NAME/..` could find something there all the same.
    if (!(error instanceof LeadsOutside)) throw unreadable(path, error);
    throw new CompileError([leadsOutside(path, error, flag)], { cause: error });
  }
}

function readRoot(root: string, own: string, fetched: Fetched | undefined): string {
  const tree = fetched?.tree;
  const base = fetched === undefined || tree === undefined ? "." : fetched.directory;
  const fault = (reason: string, cause?: unknown) =>
    new CompileError(
      [diagnose("files/root-not-above", { root, directory: own, reason }, { file: "--root" })],
      { cause },
    );
  let found: ReturnType<typeof followLinks>;
  try {
    found = followLinks(isAbsolute(root) ? root : `${base}/${root}`);
  } catch (error) {
    throw fault(systemReason(error), error);
  }
  if (found.stats?.isDirectory() !== true) throw fault("the directory does not exist");
  if (!isBelow(own, found.path)) throw fault("the project is not inside it");
  if (tree !== undefined && !isBelow(found.path, followLinks(tree).path)) {
    throw fault("it is outside the repository or archive");
  }
  return found.path;
}

function requireOwnSource(directory: string, links: readonly string[]): void {
  const link = links.find((one) => {
    const repository = repositoryAbove(dirname(one));
    return repository !== undefined && !isBelow(directory, repository);
  });
  if (link === undefined) return;
  throw new CompileError([leadsOutside(link, new LeadsOutside(directory), "--path")]);
}

/** Of a repository with several projects, what lies beside this one is of the same origin. Itself: it is in no repository. */
function repositoryOf(directory: string): string {
  return repositoryAbove(directory) ?? directory;
}

/** Undefined: it is in none. */
function repositoryAbove(directory: string): string | undefined {
  for (let one = directory; ; one = dirname(one)) {
    if (existsSync(join(one, ".git"))) return one;
    if (dirname(one) === one) return undefined;
  }
}
