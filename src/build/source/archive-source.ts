import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { foreignFormat, isGzip } from "../../archive/archive-file.ts";
import type { UnpackLimits } from "../../archive/unpack-budget.ts";
import { isZip } from "../../archive/zip.ts";
import { decodeText, maxTextBytes, tooLarge } from "../../descriptor/decode-text.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { readDownloadAddress } from "../../modules/download-address.ts";
import { makeTemporaryDirectory } from "../../private/temporary/temporary-directory.ts";
import type { HttpClient } from "../../registry/http/http.ts";
import { httpGet } from "../../registry/http/http-get.ts";
import { chooseDirectory, readFragment } from "./archive-directory.ts";
import { isGitEntry } from "./git-entry.ts";
import { addressPlace, filePlace } from "./place.ts";
import type { Source } from "./source.ts";
import { type ArchiveForm, storeSource, unpackSource } from "./unpack-source.ts";

/** Longest download; silence ends it sooner. */
const totalMs = 30 * 60_000;

/** Where a tar says that it is one. Source: POSIX.1, "ustar Interchange Format". */
const magicOffset = 257;

/** What is the same for every archive of a build. */
export interface ArchiveWish {
  /** Whether `.git` is to stay. */
  readonly keepGitDirectory: boolean;
  /** What it may become. */
  readonly limits: UnpackLimits;
  /** Whether the user names the file to build, and so knows the archive's own root. */
  readonly namesFile: boolean;
  readonly report: Report;
  /** Hears what is done with it. */
  readonly tell: (line: string) => void;
}

/** Fetches a source from an http or https address. Throws CompileError, TemporaryError where retrying can help. */
export async function openUrl(text: string, http: HttpClient, wish: ArchiveWish): Promise<Source> {
  const { url, shown } = readDownloadAddress(text);
  const chosen = readFragment(text.includes("#") ? text.slice(text.indexOf("#")) : "", shown);
  let source: Source | undefined;
  const answer = await httpGet(http, {
    ...{ url, shown, maxSizeBytes: wish.limits.sizeBytes, totalMs },
    receive: async (body) => {
      source?.remove();
      source = await openStream(Readable.from(body, { objectMode: false }), {
        ...{ shown, written: shown, name: archiveName(url.pathname), chosen },
        ...wish,
      });
    },
  });
  if (answer === undefined || source === undefined) {
    source?.remove();
    throw new CompileError([diagnose("cli/no-source", { url: shown }, { file: shown })]);
  }
  return { ...source, place: addressPlace(url, chosen) };
}

/** What an image of an archive is called: the file without what says its form. */
function archiveName(path: string): string {
  return basename(path).replace(/\.(?:tgz|tar(?:\.\w+)?|zip|jar|war|ear)$/i, "");
}

export interface ArchiveOptions extends ArchiveWish {
  /** How messages call it. */
  readonly shown: string;
  /** A word of the command that names it, as far as it may be shown. */
  readonly written: string;
  /** Of the image. */
  readonly name: string;
  /** A directory of it that the user names; empty: its root; absent: he names none. */
  readonly chosen?: string | undefined;
}

/**
 * Takes in a source that comes in one piece: a tar, plain or gzipped, a zip, or the text of the file to build. Throws
 * CompileError where it is none of these.
 */
export async function openStream(bytes: Readable, options: ArchiveOptions): Promise<Source> {
  const { shown, name, limits } = options;
  const { path: root, remove } = makeTemporaryDirectory("source");
  const file = join(root, "source");
  try {
    await storeSource(bytes, file, shown, limits);
    const form = await formOf(file, shown);
    if (form === "text") {
      const fileText = readSmallText(file, shown);
      const directory = makeTree(root);
      return { directory, tree: directory, name, isFetched: true, fileText, remove };
    }
    const source = await unpack(file, form, root, options);
    rmSync(file);
    return { ...source, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Unpacks an archive of this machine. In: a regular file. Undefined: it is no archive. Throws CompileError. */
export async function openArchive(
  file: string,
  options: Omit<ArchiveOptions, "name">,
): Promise<Source | undefined> {
  const { shown, chosen } = options;
  const form = await formOf(file, shown);
  if (form === "text") return undefined;
  const { path: root, remove } = makeTemporaryDirectory("source");
  try {
    const source = await unpack(file, form, root, { name: archiveName(file), ...options });
    return { ...source, place: filePlace(file, chosen), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function unpack(
  file: string,
  form: ArchiveForm,
  root: string,
  options: ArchiveOptions,
): Promise<Omit<Source, "remove">> {
  const { shown, name, keepGitDirectory, limits, report, chosen } = options;
  const tree = makeTree(root);
  const twice: string[] = [];
  await unpackSource(file, {
    ...{ form, directory: tree, shown, limits },
    isWanted: (entry) => keepGitDirectory || !isGitEntry(entry),
    reportTwice: (entry) => twice.push(entry),
  });
  if (twice.length > 0) {
    report(diagnose("cli/archive-names-twice", { source: shown, names: twice }, { file: shown }));
  }
  const directory = chooseDirectory(tree, options);
  const isOfDirectory = chosen !== undefined && chosen !== "";
  return { directory, tree, name: isOfDirectory ? basename(directory) : name, isFetched: true };
}

/** With every mode bit that a new directory gets here. */
function makeTree(root: string): string {
  const directory = join(root, "tree");
  mkdirSync(directory);
  return directory;
}

async function formOf(path: string, shown: string): Promise<"text" | ArchiveForm> {
  const head = Buffer.alloc(512);
  const file = await open(path);
  try {
    await file.read(head, 0, head.length, 0);
  } finally {
    await file.close();
  }
  if (isGzip(head)) return "gzip";
  if (head.toString("latin1", magicOffset, magicOffset + 5) === "ustar") return "tar";
  if (isZip(path)) return "zip";
  const format = foreignFormat(head);
  if (format === undefined) return "text";
  const reason =
    format === "zip"
      ? "the zip is truncated"
      : `it is a ${format} file, and a source comes as a zip or a tar, plain or gzipped`;
  throw new CompileError([diagnose("cli/bad-archive", { source: shown, reason }, { file: shown })]);
}

function readSmallText(file: string, shown: string): string {
  const bytes = readFileSync(file);
  if (bytes.length > maxTextBytes) throw new CompileError([tooLarge(shown, bytes.length)]);
  return decodeText(bytes, shown);
}
