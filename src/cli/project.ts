import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { CompileError, type DescriptorText, diagnose, systemReason } from "../index.ts";
import { readText } from "./text-file.ts";

/** A project on disk. */
export interface Project {
  readonly directory: string;
  /** Absent: it has no project.toml. */
  readonly descriptor?: DescriptorText;
  /** Where the descriptor lies below the directory, with `/`; absent: outside, or there is none. */
  readonly descriptorPath?: string;
}

/**
 * Reads the project at `path`. In: the descriptor the user named, relative to the current directory; without one
 * project.toml of the project counts, if it is there. Throws CompileError for what is not there or not readable.
 */
export function readProject(path: string, named: string | undefined): Project {
  const directory = resolve(path);
  requireDirectory(directory, path);
  const file = named === undefined ? join(directory, "project.toml") : resolve(named);
  // Seen from the project, so that the same project gives the same file wherever it lies on a machine.
  const shown = relative(directory, file).split(sep).join("/");
  const text = readDescriptorText(file, shown, named !== undefined);
  if (text === undefined) return { directory };
  return {
    directory,
    descriptor: { file: shown, text },
    ...(isInside(file, directory) ? { descriptorPath: shown } : {}),
  };
}

function requireDirectory(directory: string, path: string): void {
  const fault = (reason: string, cause?: unknown) =>
    new CompileError([diagnose("cli/no-project", { path, reason }, { file: path })], { cause });
  let isDirectory: boolean;
  try {
    isDirectory = statSync(directory).isDirectory();
  } catch (error) {
    throw fault(systemReason(error), error);
  }
  if (!isDirectory) throw fault("it is a file");
}

/** A link that leads out of the project leads nowhere in the build. */
function isInside(file: string, directory: string): boolean {
  return isBelow(file, directory) && isBelow(realpathSync(file), realpathSync(directory));
}

function isBelow(path: string, directory: string): boolean {
  const below = relative(directory, path);
  return below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}

function readDescriptorText(file: string, shown: string, required: boolean): string | undefined {
  try {
    // A pipe in its place would be waited for without an end.
    if (isOther(file)) throw new Error("it is not a regular file");
    return readText(file, shown);
  } catch (error) {
    if (error instanceof CompileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const location = { file: shown };
    if (code === "ENOENT") {
      if (!required) return undefined;
      throw new CompileError([diagnose("descriptor/not-found", { file: shown }, location)], { cause: error });
    }
    const reason = systemReason(error);
    throw new CompileError([diagnose("descriptor/unreadable", { file: shown, reason }, location)], {
      cause: error,
    });
  }
}

function isOther(file: string): boolean {
  const stats = statSync(file);
  return !stats.isFile() && !stats.isDirectory();
}
