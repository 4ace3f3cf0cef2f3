import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { plainPath } from "../../files/follow-links.ts";
import { readPlace } from "../../git/read-place.ts";
import {
  CompileError,
  decodeText,
  diagnose,
  parseReference,
  type Report,
  shellWord,
  systemReason,
} from "../../index.ts";
import type { HttpClient } from "../../registry/http.ts";
import { openStream, openUrl, type StreamOptions } from "./archive-source.ts";
import { openGit } from "./git-source.ts";
import { isGitUrl, withoutSecrets } from "./git-url.ts";
import { directoryPlace } from "./place.ts";
import type { Source } from "./source.ts";
import { readSourceLimits, type SourceLimitFlags } from "./source-limits.ts";

/** How a source was named. */
export interface SourceFlags extends SourceLimitFlags {
  readonly path?: string;
  readonly git?: string;
  readonly file?: string;
  readonly keepGitDir?: boolean;
  readonly allowLocalGit?: boolean;
  readonly submodules?: boolean;
}

/** What a source may want on its way here. */
export interface SourceAccess {
  /** Asks over HTTP. */
  readonly http: () => HttpClient;
  readonly report: Report;
}

/**
 * Brings the source of a build to this machine. In: the argument, a directory, git URL, archive's URL or `-`; absent: the
 * current directory. Throws CompileError where it is named twice, is not there or cannot be read.
 */
export async function openSource(
  argument: string | undefined,
  flags: SourceFlags,
  { http, report }: SourceAccess,
): Promise<Source> {
  const limits = readSourceLimits(flags);
  const named = [
    ...(argument === undefined ? [] : [{ flag: "SOURCE", value: argument }]),
    ...(flags.path === undefined ? [] : [{ flag: "--path", value: flags.path }]),
    ...(flags.git === undefined ? [] : [{ flag: "--git", value: flags.git }]),
  ];
  const [first, second] = named;
  if (first !== undefined && second !== undefined) {
    const shown = [first, second].map(({ flag, value }) => ({ flag, value: withoutSecrets(value) }));
    const [one = first, other = second] = shown;
    const image = first.flag === "SOURCE" ? imageNameOf(first.value) : undefined;
    const flags = ["--tag", first.value, other.flag, other.value].map(shellWord).join(" ");
    const packForm = image === undefined ? undefined : { image, flags };
    throw new CompileError([
      diagnose("cli/source-twice", { first: one, second: other, packForm }, { file: second.flag }),
    ]);
  }
  const wish = {
    keepsGitDirectory: flags.keepGitDir ?? false,
    allowsLocal: flags.allowLocalGit ?? false,
    wantsSubmodules: flags.submodules ?? false,
    limits,
    report,
  };
  if (flags.git !== undefined) return openGit(flags.git, wish);
  const text = first?.value ?? ".";
  if (isGitUrl(text)) return openGit(text, wish);
  const taken = { keepGitDirectory: wish.keepsGitDirectory, limits };
  if (/^https?:\/\//.test(text)) return openUrl(text, http(), taken);
  if (text === "-") return openStandardInput(flags.file, taken);
  const source = openDirectory(text);
  if (flags.file !== "-") return source;
  return { ...source, fileText: decodeText(await buffer(process.stdin), "standard input") };
}

/** What is no directory and could be the name of an image, which pack has in that place. */
function imageNameOf(text: string): string | undefined {
  const isName = parseReference(text)?.place === undefined && parseReference(text) !== undefined;
  return isName && !existsSync(text) ? text : undefined;
}

function openDirectory(path: string): Source {
  const directory = resolve(plainPath(path));
  // It may have been meant for a URL.
  const shown = /^[a-z][\w+.-]*:\//i.test(path) ? withoutSecrets(path) : path;
  const fault = (reason: string) =>
    new CompileError([
      diagnose("cli/no-project", { path: shown, reason, image: imageNameOf(path) }, { file: shown }),
    ]);
  try {
    if (!statSync(directory).isDirectory()) throw fault("it is a file");
  } catch (error) {
    throw error instanceof CompileError ? error : fault(systemReason(error));
  }
  const git = readPlace(directory);
  return {
    directory,
    written: path,
    name: basename(directory),
    isFetched: false,
    place: directoryPlace(directory),
    ...(git === undefined ? {} : { git }),
    remove: () => {},
  };
}

/** A tar of the source, or the file to build alone. */
async function openStandardInput(
  file: string | undefined,
  taken: Pick<StreamOptions, "keepGitDirectory" | "limits">,
): Promise<Source> {
  if (file === "-") throw new CompileError([diagnose("cli/input-twice", {}, { file: "--file" })]);
  const source = await openStream(process.stdin, { shown: "standard input", name: "app", ...taken });
  if (file === undefined || source.fileText === undefined) return source;
  source.remove();
  throw new CompileError([diagnose("cli/file-of-input", { file }, { file: "--file" })]);
}
