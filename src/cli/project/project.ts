import { statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { DescriptorText } from "../../descriptor/descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { type Border, borderOf, readBorder } from "../../files/border.ts";
import { followLinks, plainPath } from "../../files/follow-links.ts";
import { isBelow } from "../../files/is-below.ts";
import { LeadsOutside } from "../../files/read-inside.ts";
import { danglingLink, isLink, leadsOutside, readText } from "../../files/text-file.ts";

/** A project on disk. */
export interface Project {
  readonly directory: string;
  readonly border: Border;
  /** Absent: it has no project.toml. */
  readonly descriptor?: DescriptorText;
  /** Where the descriptor lies below the directory, with `/`; absent: outside, or there is none. */
  readonly descriptorPath?: string;
}

/** What the user says of a project's place. */
export interface ProjectPlace {
  /** Descriptor, relative to the current directory. Absent: project.toml of the project, if it is there. */
  readonly descriptor?: string;
  /** Directory above the project that its links may lead to. Absent: none. */
  readonly root?: string;
}

/**
 * Reads the project at `path`. A descriptor that the user named may lie anywhere, one of the project only inside the border.
 * In: a descriptor that a file of the project names. Throws CompileError for what is not there or not readable.
 */
export function readProject(path: string, place: ProjectPlace, recorded?: string): Project {
  const directory = resolve(plainPath(path));
  requireDirectory(directory, path);
  const border = readBorder(path, place.root);
  const named = place.descriptor ?? recorded;
  const file = named === undefined ? join(directory, "project.toml") : resolve(plainPath(named));
  // Seen from the project, so that the same project gives the same file wherever it lies on a machine.
  const shown = relative(directory, file).split(sep).join("/");
  const limit = place.descriptor === undefined ? border.directory : borderOf(place.descriptor, border);
  const text = readDescriptorText(file, shown, limit, named !== undefined);
  if (text === undefined) return { directory, border };
  return {
    ...{ directory, border },
    descriptor: { file: shown, text },
    ...(isInside(file, directory) ? { descriptorPath: shown } : {}),
  };
}

function requireDirectory(directory: string, path: string): void {
  const fault = (reason: string, cause?: unknown) =>
    new CompileError([diagnose("cli/no-project", { path, reason, image: undefined }, { file: path })], {
      cause,
    });
  let isDirectory: boolean;
  try {
    isDirectory = statSync(directory).isDirectory();
  } catch (error) {
    throw fault(systemReason(error), error);
  }
  if (!isDirectory) throw fault("it is a file, and only `build` takes archives");
}

/** A link that leads out of the project leads nowhere in the build. */
function isInside(file: string, directory: string): boolean {
  return isBelow(file, directory) && isBelow(followLinks(file).path, followLinks(directory).path);
}

/** In: absent border: it is a file of the user's. */
function readDescriptorText(
  file: string,
  shown: string,
  border: string | undefined,
  required: boolean,
): string | undefined {
  try {
    return readText(file, shown, border);
  } catch (error) {
    if (error instanceof CompileError) throw error;
    if (error instanceof LeadsOutside)
      throw new CompileError([leadsOutside(shown, error, "--descriptor")], { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    const location = { file: shown };
    if (code === "ENOENT") {
      if (!required && isLink(file)) throw new CompileError([danglingLink(shown)], { cause: error });
      if (!required) return undefined;
      throw new CompileError([diagnose("descriptor/not-found", { file: shown }, location)], { cause: error });
    }
    const reason = systemReason(error);
    throw new CompileError([diagnose("descriptor/unreadable", { file: shown, reason }, location)], {
      cause: error,
    });
  }
}
