import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CompileError,
  type CompileResult,
  compile,
  type Diagnostic,
  diagnose,
  type ImageSource,
  readPlanComment,
} from "../../index.ts";
import { RegistryImageSource } from "../../registry/registry.ts";
import { readGitPlace } from "../git.ts";
import { type GenerateFlags, readOptions } from "../options.ts";
import { pinnedImages } from "../pinned-images.ts";
import { type OutputFlags, parseRecorded } from "../program.ts";
import { type Project, readProject } from "../project.ts";
import type { Terminal } from "../terminal.ts";
import { readIfThere, systemReason, writeWhole } from "../text-file.ts";

/** `generate`: project to Dockerfile, to standard output or a file; or a check of a file made before. */
export async function generate(
  path: string,
  flags: GenerateFlags & OutputFlags,
  terminal: Terminal,
): Promise<void> {
  if (flags.check !== undefined) return check(path, flags, flags.check, terminal);
  const project = openProject(path, flags.descriptor, terminal);
  const output = flags.output === undefined || flags.output === "-" ? undefined : flags.output;
  const earlier = output === undefined ? undefined : earlierFile(output, flags.force ?? false);
  const result = await run(project, flags, earlier?.cacheId, new RegistryImageSource(), terminal);
  if (output !== undefined) writeFiles(output, project, result, terminal);
  if (flags.json === true) terminal.print(`${json(result, terminal.reported)}\n`);
  else if (output === undefined) terminal.print(result.files.dockerfile);
}

/** What a script gets. The shape is public; new keys may come. */
function json({ files, plan }: CompileResult, diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify({ ...files, plan, diagnostics }, null, 2);
}

async function check(
  path: string,
  flags: GenerateFlags & OutputFlags,
  file: string,
  terminal: Terminal,
): Promise<void> {
  const text = readText(file);
  const earlier = readPlanComment(text);
  const recorded = earlier && parseRecorded(earlier.arguments);
  if (earlier === undefined || recorded === undefined) {
    throw new CompileError([diagnose("cli/check-not-generated", { path: file }, { file })]);
  }
  // A recorded descriptor is named from the project's directory, one on the command line from here.
  const descriptor = flags.descriptor ?? (recorded.descriptor && join(path, recorded.descriptor));
  const project = openProject(path, descriptor, terminal);
  // `--syntax` has a default, so it is never absent: a recorded one counts unless another was given.
  const given = flags.syntax === "none" ? { ...flags, syntax: recorded.syntax ?? "none" } : flags;
  const images = pinnedImages(new RegistryImageSource(), text);
  const result = await run(project, { ...recorded, ...given }, earlier.cacheId, images, terminal);
  const expected = result.files.dockerfile;
  if (expected === text) return;
  const { createTwoFilesPatch } = await import("diff");
  terminal.print(
    createTwoFilesPatch(file, `${file} (as it would be made now)`, text, expected, undefined, undefined),
  );
  const command = shellCommand([
    "cnb-dockerfile",
    "generate",
    ...(path === "." ? [] : [path]),
    // What was recorded names the descriptor from the project's directory.
    ...result.plan.generator.recorded.map((word) =>
      word.startsWith(descriptorFlag)
        ? `${descriptorFlag}${join(path, word.slice(descriptorFlag.length))}`
        : word,
    ),
    "-o",
    file,
  ]);
  throw new CompileError([diagnose("cli/stale", { path: file, command }, { file })]);
}

const descriptorFlag = "--descriptor=";

/** A command as a POSIX shell takes it. */
function shellCommand(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

function openProject(path: string, descriptor: string | undefined, terminal: Terminal): Project {
  const project = readProject(path, descriptor);
  if (project.descriptor !== undefined) terminal.know(project.descriptor.file, project.descriptor.text);
  return project;
}

function run(
  project: Project,
  flags: GenerateFlags,
  earlierCacheId: string | undefined,
  images: ImageSource,
  terminal: Terminal,
): Promise<CompileResult> {
  const { descriptor } = project;
  return compile(
    {
      ...(descriptor === undefined ? {} : { descriptor }),
      options: readOptions(flags, project, earlierCacheId),
    },
    { images, report: terminal.report, gitPlace: () => readGitPlace(project.directory) },
  );
}

/** What an earlier file of ours says. Throws CompileError where somebody else's file would be lost. */
function earlierFile(output: string, force: boolean): { readonly cacheId: string } | undefined {
  const text = existsSync(output) ? readText(output) : undefined;
  const earlier = text === undefined ? undefined : readPlanComment(text);
  // An empty file holds nothing to lose.
  if (text !== undefined && text.trim() !== "" && earlier === undefined && !force) {
    throw new CompileError([diagnose("cli/not-generated", { path: output }, { file: output })]);
  }
  return earlier;
}

function readText(file: string): string {
  let text: string | undefined;
  try {
    text = readIfThere(file);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (text === undefined) throw unreadable(file, Object.assign(new Error(), { code: "ENOENT" }));
  return text;
}

function unreadable(file: string, error: unknown): CompileError {
  const reason = systemReason(error);
  return new CompileError([diagnose("cli/file-unreadable", { path: file, reason }, { file })], {
    cause: error,
  });
}

function writeFiles(output: string, project: Project, { files }: CompileResult, terminal: Terminal): void {
  writeOrExplain(output, files.dockerfile);
  const ignoreFile = `${output}.dockerignore`;
  const before = readIfThere(ignoreFile);
  const ours =
    before === undefined || firstLine(before).startsWith(firstLine(files.dockerignore).split(/\d/)[0] ?? "");
  if (!ours) {
    terminal.report(diagnose("cli/dockerignore-left", { path: ignoreFile }, { file: ignoreFile }));
  } else if (existsSync(join(resolve(project.directory), ".dockerignore"))) {
    // BuildKit would read ours instead of the project's own, which then would not count any more.
    rmSync(ignoreFile, { force: true });
  } else {
    writeOrExplain(ignoreFile, files.dockerignore);
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function writeOrExplain(path: string, text: string): void {
  try {
    writeWhole(path, text);
  } catch (error) {
    const reason = systemReason(error);
    throw new CompileError([diagnose("cli/file-unwritable", { path, reason }, { file: path })], {
      cause: error,
    });
  }
}
