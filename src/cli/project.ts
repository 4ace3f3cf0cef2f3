import { realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { CompileError, type DescriptorText, diagnose } from "../index.ts";
import { readUtf8, systemReason } from "./text-file.ts";

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
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CompileError([diagnose("cli/no-project", { path }, { file: path })]);
  }
  const file = named === undefined ? join(directory, "project.toml") : resolve(named);
  // Seen from the project, so that the same project gives the same file wherever it lies on a machine.
  const shown = relative(directory, file).split(sep).join("/");
  const text = readText(file, shown, named !== undefined);
  if (text === undefined) return { directory };
  return {
    directory,
    descriptor: { file: shown, text },
    ...(isInside(file, directory) ? { descriptorPath: shown } : {}),
  };
}

/** A link that leads out of the project leads nowhere in the build. */
function isInside(file: string, directory: string): boolean {
  return isBelow(file, directory) && isBelow(realpathSync(file), realpathSync(directory));
}

function isBelow(path: string, directory: string): boolean {
  const below = relative(directory, path);
  return below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}

function readText(file: string, shown: string, required: boolean): string | undefined {
  try {
    return readUtf8(file);
  } catch (error) {
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
