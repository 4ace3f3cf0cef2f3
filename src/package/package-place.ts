import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { findPrivateDirectory } from "../private/find-private-directory.ts";
import { ownDirectory } from "../private/own-directory.ts";
import { makePrivateDirectory } from "../private/private-directory.ts";
import { version } from "../version.ts";
import { embeddedFile, embeddedNames } from "./embedded-files.ts";

/** Directories of the package that programs run from: bundled, and in a checkout. */
const programDirectories = new Set(["dist", "src", "frontend"]);

/**
 * Directory of this package, wherever in it the program lies: the parent of `dist`, or of `src` in a checkout. Nothing
 * above it is ever looked at. A single executable has one in our cache, for the files that others are to read. In: the
 * directory of a module of ours.
 */
export function packageDirectory(start = import.meta.dirname): string {
  if (embeddedNames.length > 0) return extractedPackage();
  let directory = start;
  while (!programDirectories.has(basename(directory))) {
    if (directory === dirname(directory)) throw new Error(`${start} is in no package of ours`);
    directory = dirname(directory);
  }
  return dirname(directory);
}

/** Absolute path of a file or directory of the package. Undefined: it is not there. */
export function packagePath(file: string, start?: string): string | undefined {
  const embedded = embeddedFile(file);
  if (embedded !== undefined) return extracted(file, embedded);
  if (embeddedNames.length > 0) return undefined;
  const path = join(packageDirectory(start), file);
  return existsSync(path) ? path : undefined;
}

/** Text of a file of the package. Throws CompileError when it is missing. */
export function packageText(file: string): string {
  const embedded = embeddedFile(file);
  if (embedded !== undefined) return Buffer.from(embedded).toString("utf8");
  const path = packagePath(file);
  if (path === undefined) throw new CompileError([diagnose("cli/incomplete-package", { file })]);
  return readFileSync(path, "utf8");
}

/** Where another user could change it, one is made elsewhere; that is told when something is kept in the cache. */
function extractedPackage(): string {
  return findPrivateDirectory(join(ownDirectory("cache"), "package", version), () => {});
}

/** Puts a file of the executable where BuildKit's client can read it. Two processes can do so at once. */
function extracted(file: string, bytes: Uint8Array): string {
  const directory = makePrivateDirectory(join(packageDirectory(), dirname(file)));
  const path = join(directory, basename(file));
  if (statSync(path, { throwIfNoEntry: false })?.size === bytes.length && readFileSync(path).equals(bytes))
    return path;
  // Containers that share a cache have processes of the same number.
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    writeFileSync(partial, bytes);
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
  return path;
}
