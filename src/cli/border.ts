import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { followLinks } from "../files/follow-links.ts";
import { isBelow } from "../files/is-below.ts";
import { CompileError, diagnose, systemReason } from "../index.ts";

/** How far the links of a project reach. */
export interface Border {
  /** Directory that nothing outside of is read, without links: the project's, or one above it. */
  readonly directory: string;
  /** Directories whose links no output follows, without links. */
  readonly outputs: readonly string[];
}

/**
 * The border of a project. In: its directory, which is there; what `--root` says, seen from `base`. Links above the
 * project are the user's own. Throws CompileError where the root is not above the project.
 */
export function readBorder(directory: string, root: string | undefined, base = "."): Border {
  const own = followLinks(directory).path;
  const border = root === undefined ? own : readRoot(root, resolve(base, root), own);
  return { directory: border, outputs: [border, repositoryOf(own)] };
}

/**
 * The border, for what a flag names in it, or through a link in it: whoever made the project chose where that leads.
 * Undefined: it lies elsewhere, and is the user's own.
 */
export function borderOf(path: string, { directory }: Border): string | undefined {
  const links: string[] = [];
  const { path: end } = followLinks(path, links);
  return [end, ...links].some((place) => isBelow(place, directory)) ? directory : undefined;
}

function readRoot(shown: string, root: string, own: string): string {
  const fault = (reason: string, cause?: unknown) =>
    new CompileError(
      [diagnose("files/root-not-above", { root: shown, directory: own, reason }, { file: "--root" })],
      { cause },
    );
  let found: ReturnType<typeof followLinks>;
  try {
    found = followLinks(root);
  } catch (error) {
    throw fault(systemReason(error), error);
  }
  if (found.stats?.isDirectory() !== true) throw fault("there is no such directory");
  if (!isBelow(own, found.path)) throw fault("it is not above it");
  return found.path;
}

/** Of a repository with several projects, what lies beside this one is of the same origin. Itself: it is in no repository. */
function repositoryOf(directory: string): string {
  for (let one = directory; ; one = dirname(one)) {
    if (existsSync(join(one, ".git"))) return one;
    if (dirname(one) === one) return directory;
  }
}
