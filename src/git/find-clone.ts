import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { parseConfig } from "./config.ts";
import { readSmallFile, whereReadable } from "./small-file.ts";

/** A clone, seen from a directory in it. */
interface Clone {
  /** Absolute path of the working tree, without links. */
  readonly root: string;
  /** From the root to the directory, with `/`; empty: it is the root. */
  readonly subdirectory: string;
  /** Where configuration and objects are. */
  readonly gitDirectory: string;
}

/** Largest configuration. */
const maxConfigBytes = 8 * 2 ** 20;
/** Longest file that holds a path. */
const maxPathBytes = 8192;

/**
 * Looks for the clone that a directory lies in, as git would, up to the border of the file system. Undefined: there is none.
 * What git would do and we do not: take a `.git` that is a link; follow a `.git` file to a repository that does not name this
 * working tree in return (worktrees and submodules are named); believe a `.git` above the directory that somebody put
 * there who owns neither that place nor the directory; take a bare repository for a clone.
 */
export function findClone(directory: string): Clone | undefined {
  return whereReadable(() => {
    const start = realpathSync(directory);
    const { dev, uid } = statSync(start);
    for (let root = start; statSync(root).dev === dev; root = dirname(root)) {
      const path = join(root, ".git");
      const found = lstatSync(path, { throwIfNoEntry: false });
      // A directory of that name may be anything; git looks further up then.
      if (found !== undefined && !(found.isDirectory() && !isRepository(path))) {
        const owners = [process.getuid?.(), 0, uid, statSync(root).uid];
        const isPlanted = root !== start && !owners.includes(found.uid);
        const gitDirectory = isPlanted ? undefined : gitDirectoryOf(root, found);
        const subdirectory = relative(root, start).split(sep).join("/");
        return gitDirectory === undefined ? undefined : { root, subdirectory, gitDirectory };
      }
      if (root === dirname(root)) return undefined;
    }
    return undefined;
  });
}

/** Text of the configuration. Undefined: it cannot be read. */
export function readConfig(gitDirectory: string): ReturnType<typeof parseConfig> {
  const text = readSmallFile(join(gitDirectory, "config"), maxConfigBytes);
  return text === undefined ? undefined : parseConfig(text);
}

function gitDirectoryOf(root: string, found: Stats): string | undefined {
  const path = join(root, ".git");
  if (found.isDirectory()) return path;
  if (!found.isFile()) return undefined;
  const [, target] = /^gitdir: (.+?)\n*$/s.exec(readSmallFile(path, maxPathBytes) ?? "") ?? [];
  if (target === undefined) return undefined;
  const directory = realpathSync(resolve(root, target));
  return worktreeOf(root, directory) ?? submoduleOf(root, directory);
}

/** Source: gitrepository-layout(5), `worktrees/<id>/gitdir`. */
function worktreeOf(root: string, directory: string): string | undefined {
  const all = dirname(directory);
  if (basename(all) !== "worktrees" || !isRepository(dirname(all))) return undefined;
  const named = readSmallFile(join(directory, "gitdir"), maxPathBytes)?.trimEnd();
  if (named === undefined || named === "" || basename(named) !== ".git") return undefined;
  return realpathSync(resolve(directory, dirname(named))) === root ? dirname(all) : undefined;
}

/** Source: gitrepository-layout(5), `modules`; gitsubmodules(7). */
function submoduleOf(root: string, directory: string): string | undefined {
  if (!directory.split(sep).includes("modules") || !isRepository(directory)) return undefined;
  const named = readConfig(directory)?.findLast(({ name }) => name === "core.worktree")?.value;
  if (named === undefined || named === "") return undefined;
  return realpathSync(resolve(directory, named)) === root ? directory : undefined;
}

/** Source: git, setup.c, `is_git_directory`. */
function isRepository(directory: string): boolean {
  const isDirectory = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const head = lstatSync(join(directory, "HEAD"), { throwIfNoEntry: false });
  return (
    head !== undefined &&
    isDirectory(directory) &&
    isDirectory(join(directory, "objects")) &&
    isDirectory(join(directory, "refs"))
  );
}
