import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { faultError } from "../registry/faults.ts";
import { HttpClient } from "../registry/http.ts";
import { HttpFault } from "../registry/http-fault.ts";
import { noRoom, programDirectory } from "./program-cache.ts";
import type { Archive, Release } from "./program-list.ts";
import type { ProgramRequest } from "./programs.ts";

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
  { registries, say, signal }: Pick<ProgramRequest, "registries" | "say" | "signal">,
): Promise<FileHandle> {
  const url = new URL(archive.url);
  const { name, version } = release;
  const size = archive.sizeBytes === undefined ? "" : ` (${megabytes(archive.sizeBytes)})`;
  say(`fetching ${name} ${version}${size} from ${url.host}, once`);
  const file = await namelessFile().catch((error: unknown) => {
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
          found = await store(body, file, (bytes) => say(`fetching ${name}: ${megabytes(bytes)}${size}`));
        },
        ...(signal === undefined ? {} : { signal }),
      })
      .catch((error: unknown) => {
        throw fetchFault(error, archive);
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

async function namelessFile(): Promise<FileHandle> {
  mkdirSync(programDirectory(), { recursive: true });
  const directory = mkdtempSync(join(programDirectory(), "unfinished-"));
  try {
    return await open(join(directory, "archive"), "wx+");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** In place of what an earlier try has left. Out: the checksum. */
async function store(
  body: AsyncIterable<Uint8Array>,
  file: FileHandle,
  tell: (bytes: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  let [sizeBytes, told] = [0, performance.now()];
  try {
    await file.truncate();
    for await (const piece of body) {
      hash.update(piece);
      for (let rest = piece; rest.length > 0; ) {
        const { bytesWritten } = await file.write(rest, 0, rest.length, sizeBytes);
        sizeBytes += bytesWritten;
        rest = rest.subarray(bytesWritten);
      }
      if (performance.now() - told < progressMs) continue;
      told = performance.now();
      tell(sizeBytes);
    }
  } catch (error) {
    throw noRoom(error, programDirectory());
  }
  return hash.digest("hex");
}

function fetchFault(error: unknown, { url: shown }: Archive): unknown {
  if (!(error instanceof HttpFault)) return error;
  const location = { file: shown };
  const values = { url: shown, reason: error.reason };
  switch (error.kind) {
    case "unreachable":
    case "timeout":
    case "not-tls":
      return new TemporaryError(diagnose("engines/unavailable", values, location), { cause: error });
    case "redirect":
    case "too-large":
      return new CompileError([diagnose("engines/no-download", values, location)], { cause: error });
    // Mended by the same flags and variables as where a registry is asked.
    case "certificate":
    case "proxy":
      return faultError(error, { what: shown, host: new URL(shown).host, location });
  }
}

function statusFault(status: number, { url }: Archive): CompileError | TemporaryError {
  const values = { url, reason: `HTTP ${status}` };
  const location = { file: url };
  if (status === 408 || status === 429 || status >= 500) {
    return new TemporaryError(diagnose("engines/unavailable", values, location));
  }
  return new CompileError([diagnose("engines/no-download", values, location)]);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
