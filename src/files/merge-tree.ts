import { cpSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Moves what is in one directory into another, over what has the same name there. Other files stay; a link is replaced
 * and never followed, for it may come from a project. In: two directories. Throws node's error.
 */
export function mergeTree(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (lstatSync(source).isDirectory() && there?.isDirectory()) mergeTree(source, target);
    else move(source, target, there !== undefined);
  }
  rmSync(from, { recursive: true, force: true });
}

function move(from: string, to: string, isThere: boolean): void {
  // A rename takes the place of files and links, but not of directories, and no directory takes the place of a file.
  if (isThere && (lstatSync(from).isDirectory() || lstatSync(to).isDirectory())) {
    rmSync(to, { recursive: true, force: true });
  }
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    // What is written to may be a mount of its own.
    rmSync(to, { recursive: true, force: true });
    if (lstatSync(from).isDirectory()) {
      mkdirSync(to, { mode: lstatSync(from).mode & 0o7777 });
      mergeTree(from, to);
      return;
    }
    cpSync(from, to, { verbatimSymlinks: true, preserveTimestamps: true });
    rmSync(from, { force: true });
  }
}
