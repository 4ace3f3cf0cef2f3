import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, mkdtemp, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moduleInArchive } from "../../archive/found-module.ts";
import {
  CompileError,
  type DownloadedModule,
  diagnose,
  isPrivate,
  type Report,
  readDownloadAddress,
  shownUrl,
  systemReason,
} from "../../index.ts";
import type { HttpClient } from "../../registry/http.ts";
import { httpGet } from "./http-get.ts";

export interface DownloadOptions {
  readonly http: HttpClient;
  readonly report: Report;
  /** Largest archive; default 1 GiB. */
  readonly limitBytes?: number;
}

const defaultLimitBytes = 2 ** 30;
/** Enough for the largest at 5 Mbit/s. Silence ends a download sooner. */
const totalMs = 30 * 60_000;

/**
 * Reads an archive from an http or https address. It is kept nowhere: the Dockerfile has its digest, BuildKit its bytes.
 * Out: undefined where there is nothing. Throws CompileError, or TemporaryError where retrying can help.
 */
export async function downloadModule(
  text: string,
  { http, report, limitBytes = defaultLimitBytes }: DownloadOptions,
): Promise<DownloadedModule | undefined> {
  const { url, shown } = readDownloadAddress(text);
  try {
    const file = await temporaryFile();
    try {
      let digest = "";
      const answer = await httpGet(http, {
        ...{ url, shown, maxSizeBytes: limitBytes, totalMs },
        receive: async (body) => {
          digest = await store(body, file);
        },
      });
      if (answer === undefined) return undefined;
      if (!isPrivate(answer.url)) {
        report(diagnose("modules/plain-http", { url: shownUrl(answer.url) }, { file: shown }));
      }
      return { digest, module: await moduleInArchive(file) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    const values = { directory: tmpdir(), reason: systemReason(error) };
    throw new CompileError([diagnose("modules/no-room", values, { file: shown })], { cause: error });
  }
}

/** Has no name any more, so that nothing is left of it when the program ends, however it ends. */
async function temporaryFile(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), "cnb-dockerfile-"));
  try {
    return await open(join(directory, "module"), "wx+");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** In place of what an earlier try has left. Out: the digest of what was stored. */
async function store(body: AsyncIterable<Uint8Array>, file: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  await file.truncate();
  let sizeBytes = 0;
  for await (const piece of body) {
    hash.update(piece);
    for (let rest = piece; rest.length > 0; ) {
      const { bytesWritten } = await file.write(rest, 0, rest.length, sizeBytes);
      sizeBytes += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }
  return `sha256:${hash.digest("hex")}`;
}
