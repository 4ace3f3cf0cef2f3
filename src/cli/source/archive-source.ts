import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { foreignFormat, isGzip } from "../../archive/archive-file.ts";
import type { UnpackLimits } from "../../archive/unpack-budget.ts";
import { makeTemporaryDirectory } from "../../engines/temporary-directory.ts";
import {
  CompileError,
  decodeText,
  diagnose,
  maxTextBytes,
  readDownloadAddress,
  tooLarge,
} from "../../index.ts";
import type { HttpClient } from "../../registry/http.ts";
import { httpGet } from "../modules/http-get.ts";
import { isGitEntry } from "./git-entry.ts";
import { addressPlace } from "./place.ts";
import type { Source } from "./source.ts";
import { storeSource, unpackSource } from "./unpack-source.ts";

/** Longest download; silence ends it sooner. */
const totalMs = 30 * 60_000;

/** Where a tar says that it is one. Source: POSIX.1, "ustar Interchange Format". */
const magicOffset = 257;

/** Fetches a source from an http or https address. Throws CompileError, TemporaryError where retrying can help. */
export async function openUrl(
  text: string,
  http: HttpClient,
  taken: Pick<StreamOptions, "keepGitDirectory" | "limits">,
): Promise<Source> {
  const { url, shown } = readDownloadAddress(text);
  const name = (url.pathname.split("/").at(-1) ?? "").replace(/\.(?:tgz|tar(?:\.\w+)?)$/, "");
  let source: Source | undefined;
  const answer = await httpGet(http, {
    ...{ url, shown, maxSizeBytes: taken.limits.sizeBytes, totalMs },
    receive: async (body) => {
      source?.remove();
      source = await openStream(Readable.from(body, { objectMode: false }), { shown, name, ...taken });
    },
  });
  if (answer === undefined || source === undefined) {
    source?.remove();
    throw new CompileError([diagnose("cli/no-source", { url: shown }, { file: shown })]);
  }
  return { ...source, place: addressPlace(url) };
}

export interface StreamOptions {
  /** How messages call it. */
  readonly shown: string;
  /** Of the image. */
  readonly name: string;
  /** Whether `.git` is to stay. */
  readonly keepGitDirectory: boolean;
  /** What it may become. */
  readonly limits: UnpackLimits;
}

/**
 * Takes in a source that comes in one piece: a tar, plain or gzipped, or the text of the file to build. Throws
 * CompileError where it is neither.
 */
export async function openStream(
  bytes: Readable,
  { shown, name, keepGitDirectory, limits }: StreamOptions,
): Promise<Source> {
  const { path: root, remove } = makeTemporaryDirectory("source");
  const directory = join(root, "tree");
  const file = join(root, "source");
  try {
    mkdirSync(directory);
    await storeSource(bytes, file, shown, limits);
    const form = await formOf(file, shown);
    if (form === "text")
      return { directory, name, isFetched: true, fileText: readSmallText(file, shown), remove };
    await unpackSource(file, {
      ...{ gzipped: form === "gzip", directory, shown, limits },
      isWanted: (entry) => keepGitDirectory || !isGitEntry(entry),
    });
    rmSync(file);
    return { directory, name, isFetched: true, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function formOf(path: string, shown: string): Promise<"text" | "tar" | "gzip"> {
  const head = Buffer.alloc(512);
  const file = await open(path);
  try {
    await file.read(head, 0, head.length, 0);
  } finally {
    await file.close();
  }
  const format = foreignFormat(head);
  if (format !== undefined) {
    const reason = `it is a ${format} file, and a source comes as a tar, plain or gzipped`;
    throw new CompileError([diagnose("cli/bad-archive", { source: shown, reason }, { file: shown })]);
  }
  if (isGzip(head)) return "gzip";
  return head.toString("latin1", magicOffset, magicOffset + 5) === "ustar" ? "tar" : "text";
}

function readSmallText(file: string, shown: string): string {
  const bytes = readFileSync(file);
  if (bytes.length > maxTextBytes) throw new CompileError([tooLarge(shown, bytes.length)]);
  return decodeText(bytes, shown);
}
