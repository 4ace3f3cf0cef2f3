import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { plainPath } from "../../files/follow-links.ts";
import { mergeTree } from "../../files/merge-tree.ts";
import { requireNoLink } from "../../files/output-links.ts";
import { applyMask, makeFile, makeLayoutDirectory } from "../../files/user-mask.ts";
import { isOurs } from "../../private/is-ours.ts";
import { isRunning } from "../../private/temporary/is-running.ts";
import { layoutDigest, replaceLayout } from "../layout.ts";
import type { BuildOutput } from "./build-output.ts";

/**
 * Files and directories that a build writes, under other names until it has succeeded: who looks for a result finds a
 * whole one, or that of the build before.
 */
export class OutputFiles {
  readonly #moves: { readonly temporary: string; readonly path: string; readonly flag: string }[] = [];
  readonly #closed: readonly string[];
  /** Temporary names of what was made for the build to fill. */
  readonly #reserved = new Set<string>();

  /** In: directories, without links in their paths, of which no link is followed. */
  constructor(closed: readonly string[]) {
    this.#closed = closed;
  }

  /**
   * The name to write under. In: the one that is wanted. Throws CompileError where its directory is missing, or a link
   * that may not be followed is on the way.
   */
  instead(path: string, flag: string): string {
    requireNoLink(path, this.#closed, flag);
    const wanted = resolve(plainPath(path));
    const directory = dirname(wanted);
    if (!existsSync(directory)) {
      throw new CompileError([diagnose("engines/no-output-directory", { path, directory }, { file: flag })]);
    }
    const own = this.#moves.map((move) => move.temporary);
    removeLeftovers(directory, basename(wanted), own);
    // In the same directory, as a rename needs it.
    const temporary = temporaryName(wanted, "");
    this.#moves.push({ temporary, path: wanted, flag });
    return temporary;
  }

  /** The output with another destination; one that writes no file stays as it is. */
  redirect(output: BuildOutput): BuildOutput {
    const { destination } = output;
    if (destination === undefined || destination === "-") return output;
    if (isDeviceOrPipe(destination)) {
      requireNoLink(destination, this.#closed, "--output");
      return { ...output, destination: plainPath(destination) };
    }
    const temporary = this.instead(destination, "--output");
    const form = formOf(output);
    reserve(temporary, resolve(plainPath(destination)), form);
    if (form !== "directory") this.#reserved.add(temporary);
    // Of a directory that is there already, files with other names stay.
    return { ...output, destination: temporary };
  }

  /** Gives everything its name. Throws CompileError where that cannot be done; the results are kept, and it says where. */
  commit(): void {
    for (const { temporary, path, flag } of this.#moves) {
      if (!existsSync(temporary)) continue;
      if (this.#reserved.has(temporary) && isUnfilled(temporary)) {
        rmSync(temporary, { recursive: true, force: true });
        continue;
      }
      requireNoLink(path, this.#closed, flag);
      try {
        setModes(temporary);
        place(temporary, path);
      } catch (error) {
        const kept = this.#moves.map((move) => move.temporary).filter((one) => existsSync(one));
        this.#moves.length = 0;
        throw unwritable(path, error, kept);
      }
    }
    this.#moves.length = 0;
  }

  /** Takes away what a failed build has written. */
  discard(): void {
    for (const { temporary } of this.#moves) rmSync(temporary, { recursive: true, force: true });
    this.#moves.length = 0;
  }
}

/**
 * A name beside the one that is wanted, for what has not got that yet. Nobody can know it before: a project could have a
 * link of that name.
 */
export function temporaryName(path: string, end: string): string {
  const random = randomBytes(8).toString("hex");
  return join(dirname(path), `.${basename(path)}.${process.pid}.${random}.partial${end}`);
}

/** What is written until it is whole has a name by this pattern, for ignore files. In: the name that it will have. */
export function partialPattern(name: string): string {
  return `.${name}.*.partial*`;
}

/** What is written to as it is: it has no content that could be half there. */
function isDeviceOrPipe(path: string): boolean {
  try {
    const stats = statSync(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch {
    return false;
  }
}

type Form = "file" | "layout" | "directory";

function formOf({ type, attributes }: BuildOutput): Form {
  if (type === "local") return "directory";
  return attributes.tar === "false" ? "layout" : "file";
}

/** Makes what buildctl would make for every user to write. Throws CompileError where that cannot be done. */
function reserve(temporary: string, path: string, form: Form): void {
  try {
    const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    if (form === "file" && isDirectory) throw Object.assign(new Error(), { code: "EISDIR" });
    if (form === "file") makeFile(temporary);
    if (form === "layout") makeLayoutDirectory(temporary);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Whether the build has put nothing into what was made for it. */
function isUnfilled(temporary: string): boolean {
  const stats = statSync(temporary);
  return stats.isDirectory() ? !existsSync(join(temporary, "index.json")) : stats.size === 0;
}

/** The files of a directory have the modes that they have in the image. */
function setModes(temporary: string): void {
  const isPlainDirectory = statSync(temporary).isDirectory() && layoutDigest(temporary) === undefined;
  if (isPlainDirectory) chmodSync(temporary, 0o777 & ~process.umask());
  else applyMask(temporary);
}

function unwritable(path: string, error: unknown, kept: readonly string[] = []): CompileError {
  const values = { path, reason: systemReason(error), kept };
  return new CompileError([diagnose("engines/output-unwritable", values, { file: path })], { cause: error });
}

/**
 * Takes away what builds left that were killed. In: what this one writes. Anything else with our process number is of an
 * earlier process: in a container, each is number 1.
 */
function removeLeftovers(directory: string, name: string, own: readonly string[]): void {
  for (const entry of readdirSync(directory)) {
    if (!entry.startsWith(`.${name}.`)) continue;
    const [, pid] = /^\.(\d+)(?:\.[0-9a-f]+)?\.partial(?:-before)?$/.exec(entry.slice(name.length + 1)) ?? [];
    const path = join(directory, entry);
    if (pid === undefined || own.includes(path)) continue;
    // Of another user's nothing is removed: he could put links into what is being removed.
    if ((Number(pid) !== process.pid && isRunning(Number(pid))) || !isOurs(path)) continue;
    rmSync(path, { recursive: true, force: true });
  }
}

function place(temporary: string, path: string): void {
  const isDirectory = statSync(temporary).isDirectory();
  const there = statSync(path, { throwIfNoEntry: false });
  if (isDirectory && there?.isDirectory()) {
    if (layoutDigest(temporary) !== undefined && layoutDigest(path) !== undefined) {
      replaceLayout(temporary, path);
      return;
    }
    mergeTree(temporary, path);
    return;
  }
  // A device or pipe stays what it is: node's copying, and any rename, would put a file in its place.
  if (isDeviceOrPipe(path)) throw new Error("it has become a device or a pipe");
  renameSync(temporary, path);
}
