import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { decodeText } from "../../descriptor/decode-text.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { shellWord } from "../../dockerfile/write/quote.ts";
import { readBorder } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { readPlace } from "../../git/read-place.ts";
import { parseReference } from "../../image/reference.ts";
import { present } from "../../present.ts";
import type { HttpClient } from "../../registry/http/http.ts";
import { readFragment } from "./archive-directory.ts";
import { type ArchiveOptions, type ArchiveWish, openArchive, openStream, openUrl } from "./archive-source.ts";
import type { GitSurroundings } from "./git/git-environment.ts";
import { openGit } from "./git/git-source.ts";
import { isGitUrl, withoutSecrets } from "./git/git-url.ts";
import { directoryPlace } from "./place.ts";
import type { Source } from "./source.ts";
import { readSourceLimits, type SourceLimitFlags } from "./source-limits.ts";

/** How a source was named. */
export interface SourceName extends SourceLimitFlags {
  readonly path?: string;
  readonly git?: string;
  readonly file?: string;
  readonly keepGitDir?: boolean;
  readonly allowLocalGit?: boolean;
  readonly submodules?: boolean;
}

/** What a source may want on its way here. */
interface SourceAccess {
  /** Asks over HTTP. */
  readonly http: () => HttpClient;
  readonly report: Report;
  /** Hears what is done with it. */
  readonly tell: (line: string) => void;
  /** What a source named `-` is read from. */
  readonly input: Readable;
  readonly surroundings: GitSurroundings;
}

/**
 * Brings the source of a build to this machine. In: the argument, a directory, an archive, a git URL, an archive's URL or `-`;
 * absent: the current directory. Throws CompileError where it is named twice, is not there or cannot be read.
 */
export async function openSource(
  argument: string | undefined,
  name: SourceName,
  { http, report, tell, input, surroundings }: SourceAccess,
): Promise<Source> {
  const limits = readSourceLimits(name);
  const named = [
    ...(argument === undefined ? [] : [{ flag: "SOURCE", value: argument }]),
    ...(name.path === undefined ? [] : [{ flag: "--path", value: name.path }]),
    ...(name.git === undefined ? [] : [{ flag: "--git", value: name.git }]),
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
    keepsGitDirectory: name.keepGitDir ?? false,
    allowsLocal: name.allowLocalGit ?? false,
    wantsSubmodules: name.submodules ?? false,
    ...{ limits, report, surroundings },
  };
  if (name.git !== undefined) return openGit(name.git, wish);
  const text = first?.value ?? ".";
  if (isGitUrl(text)) return openGit(text, wish);
  reportGitFlags(name, report);
  const namesFile = name.file !== undefined && name.file !== "-";
  const taken = { keepGitDirectory: wish.keepsGitDirectory, limits, namesFile, report, tell };
  if (/^https?:\/\//.test(text)) return openUrl(text, http(), taken);
  if (text === "-" || text.startsWith("-#:")) {
    return openStandardInput(input, name.file, {
      ...taken,
      chosen: readFragment(text.slice(1), "standard input"),
    });
  }
  const archive = archiveFile(text);
  const source = archive === undefined ? openDirectory(text) : await openFile(archive, taken);
  if (name.file !== "-") return source;
  return { ...source, fileText: decodeText(await buffer(input), "standard input") };
}

/** Flags of a git source, where the source is another. */
function reportGitFlags({ submodules, allowLocalGit }: SourceName, report: Report): void {
  const unused = [
    ...(submodules === true
      ? [{ flag: "--submodules", more: " In a clone, run `git submodule update --init --recursive`." }]
      : []),
    ...(allowLocalGit === true ? [{ flag: "--allow-local-git", more: "" }] : []),
  ];
  for (const { flag, more } of unused) {
    const values = { flag, reason: "the source is not a git URL", instead: `Leave it out.${more}` };
    report(diagnose("cli/flag-without-effect", values, { file: flag }));
  }
}

/** What is no directory and could be the name of an image, which pack has in that place. */
function imageNameOf(text: string): string | undefined {
  const isName = parseReference(text)?.place === undefined && parseReference(text) !== undefined;
  return isName && !existsSync(text) ? text : undefined;
}

/** An archive of this machine, and its directory. */
interface NamedFile {
  /** As the user wrote it. */
  readonly path: string;
  /** Behind the file's name, with `#`; empty: nothing is. */
  readonly fragment: string;
}

/** A file that is there, by its whole name or by what stands before `#`. Undefined: there is none. */
function archiveFile(text: string): NamedFile | undefined {
  const at = text.indexOf("#:");
  const ways = [{ path: text, fragment: "" }];
  if (at > 0) ways.push({ path: text.slice(0, at), fragment: text.slice(at) });
  return ways.find(({ path }) => {
    const stats = statSync(resolve(plainPath(path)), { throwIfNoEntry: false });
    return stats !== undefined && !stats.isDirectory();
  });
}

async function openFile({ path, fragment }: NamedFile, wish: ArchiveWish): Promise<Source> {
  const chosen = readFragment(fragment, path);
  // A link of a repository's own would choose what is read; what lies beside is its, too.
  const { directory: own, outputs } = readBorder(path, undefined);
  const repository = outputs.find((directory) => directory !== own);
  const file = resolve(plainPath(path));
  try {
    if (!statSync(file).isFile()) throw noProject(path, "it is neither a directory nor a file");
    const source = await openArchive(file, { shown: path, written: path, chosen, ...wish });
    if (source === undefined) throw noProject(path, "it is a file, and neither a zip nor a tar");
    const beside = repository && { directory: repository, outputs: [repository] };
    return { ...source, isLocalArchive: true, ...(beside && { beside }) };
  } catch (error) {
    if (error instanceof CompileError || !("syscall" in (error as Error))) throw error;
    throw noProject(path, systemReason(error));
  }
}

/** In: how messages call it. */
function noProject(shown: string, reason: string, image?: string): CompileError {
  return new CompileError([diagnose("cli/no-project", { path: shown, reason, image }, { file: shown })]);
}

function openDirectory(path: string): Source {
  const directory = resolve(plainPath(path));
  // It may have been meant for a URL.
  const shown = /^[a-z][\w+.-]*:\//i.test(path) ? withoutSecrets(path) : path;
  try {
    statSync(directory);
  } catch (error) {
    throw noProject(shown, systemReason(error), imageNameOf(path));
  }
  const git = readPlace(directory);
  return {
    directory,
    written: path,
    name: basename(directory),
    isFetched: false,
    place: directoryPlace(directory),
    ...present({ git }),
    remove: () => {},
  };
}

/** A tar of the source, or the file to build alone. */
async function openStandardInput(
  input: Readable,
  file: string | undefined,
  taken: ArchiveWish & Pick<ArchiveOptions, "chosen">,
): Promise<Source> {
  if (file === "-") throw new CompileError([diagnose("cli/input-twice", {}, { file: "--file" })]);
  const source = await openStream(input, {
    ...{ shown: "standard input", written: "--path=-", name: "app" },
    ...taken,
  });
  if (file === undefined || source.fileText === undefined) return source;
  source.remove();
  throw new CompileError([diagnose("cli/file-of-input", { file }, { file: "--file" })]);
}
