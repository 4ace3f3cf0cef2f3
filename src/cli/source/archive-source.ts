import { createReadStream, createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { unpackTar } from "modern-tar/fs";
import { foreignFormat, isGzip } from "../../archive/archive-file.ts";
import { makeTemporaryDirectory } from "../../engines/temporary-directory.ts";
import {
  CompileError,
  decodeText,
  diagnose,
  maxTextBytes,
  readDownloadAddress,
  systemReason,
  tooLarge,
} from "../../index.ts";
import type { HttpClient } from "../../registry/http.ts";
import { httpGet } from "../modules/http-get.ts";
import { isGitEntry } from "./git-entry.ts";
import { addressPlace } from "./place.ts";
import type { Source } from "./source.ts";

/** Largest archive of a source. */
const maxSourceBytes = 4 * 2 ** 30;
/** Longest download; silence ends it sooner. */
const totalMs = 30 * 60_000;

/** Where a tar says that it is one. Source: POSIX.1, "ustar Interchange Format". */
const magicOffset = 257;

/** Fetches a source from an http or https address. Throws CompileError, TemporaryError where retrying can help. */
export async function openUrl(text: string, keepGitDirectory: boolean, http: HttpClient): Promise<Source> {
  const { url, shown } = readDownloadAddress(text);
  const name = (url.pathname.split("/").at(-1) ?? "").replace(/\.(?:tgz|tar(?:\.\w+)?)$/, "");
  let source: Source | undefined;
  const answer = await httpGet(http, {
    ...{ url, shown, maxSizeBytes: maxSourceBytes, totalMs },
    receive: async (body) => {
      source?.remove();
      const bytes = Readable.from(body, { objectMode: false });
      source = await openStream(bytes, { shown, name, keepGitDirectory });
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
}

/**
 * Takes in a source that comes in one piece: a tar, plain or gzipped, or the text of the file to build. Throws
 * CompileError where it is neither.
 */
export async function openStream(
  bytes: Readable,
  { shown, name, keepGitDirectory }: StreamOptions,
): Promise<Source> {
  const { path: root, remove } = makeTemporaryDirectory("source");
  const directory = join(root, "tree");
  const file = join(root, "source");
  try {
    mkdirSync(directory);
    await pipeline(bytes, createWriteStream(file));
    const form = await formOf(file, shown);
    if (form === "text")
      return { directory, name, isFetched: true, fileText: readSmallText(file, shown), remove };
    const packed = createReadStream(file);
    const steps = [
      packed,
      ...(form === "gzip" ? [createGunzip()] : []),
      unpackTar(directory, { filter: ({ name }) => keepGitDirectory || !isGitEntry(name) }),
    ];
    await pipeline(steps).catch((error: unknown) => {
      throw new CompileError(
        [diagnose("cli/bad-archive", { source: shown, reason: systemReason(error) }, { file: shown })],
        {
          cause: error,
        },
      );
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
