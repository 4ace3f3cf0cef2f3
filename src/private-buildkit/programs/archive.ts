import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report, TemporaryError } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { present } from "../../present.ts";
import { HttpClient } from "../../registry/http/http.ts";
import { downloadError, storeBody } from "../../registry/store/download.ts";
import { makeWorkshop, noRoom, programDirectory } from "./program-cache.ts";
import type { Archive, Release } from "./program-list.ts";
import type { DownloadRequest } from "./program-request.ts";

/** A release of BuildKit has 90 MB. */
const maxSizeBytes = 2 ** 30;
/** Enough for BuildKit at 1 Mbit/s. Silence ends it sooner. */
const totalMs = 15 * 60_000;
/** How often a download says how far it is. */
const progressMs = 5_000;

/**
 * Fetches an archive. Out: a file without a name, so that nothing is left of it, however the program ends; its checksum is
 * right. Throws CompileError, TemporaryError where retrying can help, or the signal's reason.
 */
export async function fetchArchive(
  release: Release,
  archive: Archive,
  { registries, report, say, signal }: DownloadRequest,
): Promise<FileHandle> {
  const url = new URL(archive.url);
  const { name, version } = release;
  const size = archive.sizeBytes === undefined ? "" : ` (${megabytes(archive.sizeBytes)})`;
  say(`Downloading ${name} ${version}${size} from ${url.host}; it is kept for later builds`);
  const file = await namelessFile(report).catch((error: unknown) => {
    throw noRoom(error, programDirectory());
  });
  try {
    let found = "";
    const answer = await new HttpClient(registries)
      .request({
        ...{ url, maxSizeBytes, totalMs },
        // As it is stored; its checksum is of that.
        headers: { "accept-encoding": "identity" },
        receive: async (body) => {
          found = await store(body, file, (bytes) => say(`Downloading ${name}: ${megabytes(bytes)}${size}`));
        },
        ...present({ signal }),
      })
      .catch((error: unknown) => {
        throw downloadError(error, {
          ...{ shown: archive.url, host: url.host },
          unavailable: (reason) => unavailable(archive.url, reason),
          useless: (reason) => useless(archive.url, reason),
        });
      });
    if (answer.status < 200 || answer.status > 299) throw statusFault(answer.status, archive);
    checkSum(found, archive.url, archive);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens an archive of the user's. Undefined: it is not there. Throws CompileError where it cannot be read or its checksum is
 * another.
 */
export async function localArchive(path: string, archive: Archive): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const hash = createHash("sha256");
    for await (const piece of file.createReadStream({ autoClose: false, start: 0 })) hash.update(piece);
    checkSum(hash.digest("hex"), path, archive);
    return file;
  } catch (error) {
    await file?.close();
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    if ("code" in error && error.code === "ENOENT") return undefined;
    const values = { place: path, reason: systemReason(error) };
    throw new CompileError([diagnose("engines/bad-archive", values, { file: path })], { cause: error });
  }
}

function checkSum(found: string, place: string, { sha256 }: Archive): void {
  if (found === sha256) return;
  throw new CompileError([diagnose("engines/wrong-checksum", { place, found, sha256 }, { file: place })]);
}

async function namelessFile(report: Report): Promise<FileHandle> {
  const directory = makeWorkshop(report);
  try {
    return await open(join(directory, "archive"), "wx+");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Stores what comes, and says now and then how far it is. Out: its checksum. */
async function store(
  body: AsyncIterable<Uint8Array>,
  file: FileHandle,
  tell: (bytes: number) => void,
): Promise<string> {
  let told = performance.now();
  try {
    return await storeBody(body, file, (sizeBytes) => {
      if (performance.now() - told < progressMs) return;
      told = performance.now();
      tell(sizeBytes);
    });
  } catch (error) {
    throw noRoom(error, programDirectory());
  }
}

const unavailable = (url: string, reason: string) =>
  diagnose("engines/unavailable", { url, reason }, { file: url });
const useless = (url: string, reason: string) =>
  diagnose("engines/no-download", { url, reason }, { file: url });

function statusFault(status: number, { url }: Archive): CompileError | TemporaryError {
  const reason = `HTTP ${status}`;
  if (status === 408 || status === 429 || status >= 500) return new TemporaryError(unavailable(url, reason));
  return new CompileError([useless(url, reason)]);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
