import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { CompileError, diagnose, systemReason } from "../../index.ts";
import { readGitPlace } from "../git.ts";
import { openGit } from "./git-source.ts";
import { isGitUrl, withoutCredentials } from "./git-url.ts";
import type { Source } from "./source.ts";

/** How a source was named. */
export interface SourceFlags {
  readonly path?: string;
  readonly git?: string;
  readonly file?: string;
  readonly keepGitDir?: boolean;
}

/**
 * Brings the source of a build to this machine. In: the argument, a directory, git URL, archive's URL or `-`; absent: the
 * current directory. Throws CompileError where it is named twice, is not there or cannot be read.
 */
export async function openSource(argument: string | undefined, flags: SourceFlags): Promise<Source> {
  const named = [
    ...(argument === undefined ? [] : [{ flag: "SOURCE", value: argument }]),
    ...(flags.path === undefined ? [] : [{ flag: "--path", value: flags.path }]),
    ...(flags.git === undefined ? [] : [{ flag: "--git", value: flags.git }]),
  ];
  const [first, second] = named;
  if (first !== undefined && second !== undefined) {
    throw new CompileError([diagnose("cli/source-twice", { first, second }, { file: second.flag })]);
  }
  const keep = flags.keepGitDir ?? false;
  if (flags.git !== undefined) return openGit(flags.git, keep);
  const text = first?.value ?? ".";
  if (isGitUrl(text)) return openGit(text, keep);
  if (text === "-") return openStandardInput(flags.file);
  const source = await openDirectory(text);
  return flags.file === "-" ? { ...source, fileText: await standardInput() } : source;
}

async function openDirectory(path: string): Promise<Source> {
  const directory = resolve(path);
  const fault = (reason: string) =>
    new CompileError([diagnose("cli/no-project", { path, reason }, { file: path })]);
  try {
    if (!statSync(directory).isDirectory()) throw fault("it is a file");
  } catch (error) {
    throw error instanceof CompileError ? error : fault(systemReason(error));
  }
  const git = await readGitPlace(directory);
  return {
    directory,
    name: basename(directory),
    ...(git === undefined ? {} : { git: { ...git, remote: withoutCredentials(git.remote) } }),
    remove: () => {},
  };
}

/** A file to build, alone; there is no source beside it. */
async function openStandardInput(file: string | undefined): Promise<Source> {
  if (file !== undefined) {
    throw new CompileError([diagnose("cli/file-of-input", { file }, { file: "--file" })]);
  }
  const fileText = await standardInput();
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-input-"));
  return {
    directory,
    name: "app",
    fileText,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function standardInput(): Promise<string> {
  return readAll(process.stdin);
}
