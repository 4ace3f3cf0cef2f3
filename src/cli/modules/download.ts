import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moduleInArchive } from "../../archive/found-module.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { isPrivate, readDownloadAddress, shownUrl } from "../../modules/download-address.ts";
import type { DownloadedModule } from "../../modules/module-source.ts";
import { makeTemporaryDirectory } from "../../private/temporary/temporary-directory.ts";
import type { HttpClient } from "../../registry/http/http.ts";
import { httpGet } from "../../registry/http/http-get.ts";
import { storeBody } from "../../registry/store/download.ts";

interface DownloadOptions {
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
          digest = `sha256:${await storeBody(body, file)}`;
        },
      });
      if (answer === undefined) return undefined;
      if (!isPrivate(answer.url)) {
        report(diagnose("modules/plain-http", { url: shownUrl(answer.url) }, { file: shown }));
      }
      return { digest, module: await moduleInArchive(file, shown) };
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
  const { path: directory, remove } = makeTemporaryDirectory("module");
  try {
    return await open(join(directory, "module"), "wx+");
  } finally {
    remove();
  }
}
