import { existsSync, lstatSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import type { GeneratedFrom } from "../../dockerfile/plan-comment.ts";
import { isOwnIgnoreFile } from "../../dockerfile/read/is-own-ignore-file.ts";
import { readDockerfile } from "../../dockerfile/read/read-dockerfile.ts";
import type { EmittedFiles } from "../../dockerfile/write/emit.ts";
import { readIgnoreFile } from "../../files/ignore-file.ts";
import { requireNoLink } from "../../files/output-links.ts";
import { readOrExplain } from "../../files/text-file.ts";
import { writeWhole } from "../../files/write-whole.ts";
import type { Terminal } from "../terminal.ts";
import type { Project } from "./project.ts";

/**
 * Throws CompileError where the descriptor itself would be lost, the file that is to be written has no directory, or a
 * link of the project says where it is.
 */
export function requireOutput(output: string, project: Project): void {
  requireNoLink(output, project.border.outputs, "--output");
  if (
    project.descriptor !== undefined &&
    sameFile(output, join(project.directory, project.descriptor.file))
  ) {
    throw new CompileError([diagnose("cli/output-is-descriptor", { path: output }, { file: "--output" })]);
  }
  const directory = dirname(output);
  if (!existsSync(directory)) {
    throw new CompileError([
      diagnose("cli/no-output-directory", { path: output, directory }, { file: "--output" }),
    ]);
  }
  // What leads nowhere is told when it is read.
  if (existsSync(output) && statSync(output).isDirectory()) {
    throw unwritable(output, { code: "EISDIR" });
  }
}

/**
 * What the file that is to be written says of itself, if it is an earlier one of ours.
 * Throws CompileError where somebody else's file, or the descriptor itself, would be lost, or it has no directory.
 */
export function earlierOutput(output: string, project: Project, force: boolean): GeneratedFrom | undefined {
  requireOutput(output, project);
  const text = textThere(output);
  const earlier = text === undefined ? undefined : readDockerfile(text).from;
  if (!force) requireOurs(output, text, earlier !== undefined);
  return earlier;
}

/** Throws CompileError where a file that is to be written has a text that is not ours; an empty one holds nothing to lose. */
export function requireOurs(output: string, text: string | undefined, isOurs: boolean): void {
  if (text === undefined || text.trim() === "" || isOurs) return;
  throw new CompileError([diagnose("cli/not-generated", { path: output }, { file: output })]);
}

/** Writes the Dockerfile, and its ignore file where the project has none of its own. */
export function writeOutput(output: string, project: Project, files: EmittedFiles, terminal: Terminal): void {
  const ignoreFile = `${output}.dockerignore`;
  if (isRegular(output)) requireNoLink(ignoreFile, project.border.outputs, "--output");
  // Read first: what is wrong with it has to be known before anything is written.
  const before = isRegular(output) ? textThere(ignoreFile) : undefined;
  writeOrExplain(output, files.dockerfile, project);
  if (!isRegular(output)) return;
  if (before !== undefined && !isOwnIgnoreFile(before, files.dockerignore)) {
    terminal.report(diagnose("cli/dockerignore-left", { path: ignoreFile }, { file: ignoreFile }));
  } else if (wantedIgnoreFile(project, files) === undefined) {
    rmSync(ignoreFile, { force: true });
  } else {
    writeOrExplain(ignoreFile, files.dockerignore, project);
  }
}

/** Whether the ignore file beside a Dockerfile is as `generate -o` would leave it. */
export function isIgnoreFileCurrent(output: string, project: Project, files: EmittedFiles): boolean {
  const ignoreFile = `${output}.dockerignore`;
  const text = isRegular(ignoreFile) ? readIgnoreFile(ignoreFile, project.border) : undefined;
  // Somebody else's is left alone, and a Dockerfile that was printed has none.
  if (text === undefined || !isOwnIgnoreFile(text, files.dockerignore)) return true;
  return text.replaceAll("\r\n", "\n") === wantedIgnoreFile(project, files);
}

/** Undefined: BuildKit would read ours in place of the project's own, which then would not count any more. */
function wantedIgnoreFile(project: Project, { dockerignore }: EmittedFiles): string | undefined {
  return isThere(join(project.directory, ".dockerignore")) ? undefined : dockerignore;
}

/** A link counts, wherever it leads: BuildKit decides what it finds there. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What is there to lose. Undefined: nothing, or what holds no text (a device, a pipe). */
export function textThere(path: string): string | undefined {
  // A path that leads nowhere (a circle of links) exists for nobody, and reading it says why.
  return existsSync(path) && !isRegular(path) ? undefined : readOrExplain(path);
}

function isRegular(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  // A directory cannot be written to either, and says so when it is tried.
  return stats === undefined || stats.isFile() || stats.isDirectory();
}

function sameFile(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && realpathSync.native(a) === realpathSync.native(b);
}

/** Writes all of a file or nothing of it, through no link of the project. Throws CompileError where it cannot be written. */
export function writeOrExplain(path: string, text: string, { border }: Project): void {
  try {
    writeWhole(path, text, border.outputs, "--output");
  } catch (error) {
    if (error instanceof CompileError) throw error;
    throw unwritable(path, error);
  }
}

/** What is said of a file that cannot be written. */
function unwritable(path: string, error: unknown): CompileError {
  const reason = systemReason(error);
  return new CompileError([diagnose("cli/file-unwritable", { path, reason }, { file: path })], {
    cause: error,
  });
}
