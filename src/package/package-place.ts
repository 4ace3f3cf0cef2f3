import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";

/** Directories of the package that programs run from: bundled, and in a checkout. */
const programDirectories = new Set(["dist", "src", "frontend"]);

/**
 * Directory of this package, wherever in it the program lies: the parent of `dist`, or of `src` in a checkout. Nothing
 * above it is ever looked at. In: the directory of a module of ours.
 */
export function packageDirectory(start = import.meta.dirname): string {
  let directory = start;
  while (!programDirectories.has(basename(directory))) {
    if (directory === dirname(directory)) throw new Error(`${start} is in no package of ours`);
    directory = dirname(directory);
  }
  return dirname(directory);
}

/** Absolute path of a file or directory of the package. Undefined: it is not there. */
export function packagePath(file: string, start?: string): string | undefined {
  const path = join(packageDirectory(start), file);
  return existsSync(path) ? path : undefined;
}

/** Text of a file of the package. Throws CompileError when it is missing. */
export function packageText(file: string): string {
  const path = packagePath(file);
  if (path === undefined) throw new CompileError([diagnose("cli/incomplete-package", { file })]);
  return readFileSync(path, "utf8");
}
