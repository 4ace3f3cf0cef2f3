import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, mkdtemp, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompileError, type DownloadedModule, diagnose, type Report } from "../../index.ts";
import { systemReason } from "../text-file.ts";
import { moduleInArchive } from "./found-module.ts";
import { httpGet, orTemporary } from "./http-get.ts";

export interface DownloadOptions {
  readonly fetch: typeof fetch;
  readonly report: Report;
  /** Largest archive; default 1 GiB. */
  readonly limitBytes?: number;
}

const defaultLimitBytes = 2 ** 30;

/**
 * Reads an archive from an http or https address. It is kept nowhere: the Dockerfile has its digest, BuildKit its bytes.
 * Out: undefined where there is nothing. Throws CompileError, or TemporaryError where retrying can help.
 */
export async function downloadModule(
  url: string,
  { fetch, report, limitBytes = defaultLimitBytes }: DownloadOptions,
): Promise<DownloadedModule | undefined> {
  const shown = checkUrl(url);
  const response = await httpGet(fetch, url, shown);
  if (response === undefined) return undefined;
  const source = URL.parse(response.url) ?? new URL(url);
  if (!isPrivate(source)) report(diagnose("modules/plain-http", { url: shownUrl(source) }, { file: shown }));
  try {
    const file = await temporaryFile();
    try {
      const digest = await orTemporary(shown, () => store(response, file, shown, limitBytes));
      return { digest, module: await moduleInArchive(file) };
    } finally {
      await file.close();
    }
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    const values = { directory: tmpdir(), reason: systemReason(error) };
    throw new CompileError([diagnose("modules/no-room", values, { file: shown })], { cause: error });
  }
}

/** Out: the address for messages. */
function checkUrl(text: string): string {
  const url = URL.parse(text);
  const refuse = (shown: string, reason: string) =>
    new CompileError([diagnose("modules/bad-url", { url: shown, reason }, { file: shown })]);
  if (url === null) throw refuse(text, "it is no address");
  const shown = shownUrl(url);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw refuse(shown, "it is neither http nor https");
  // The address stands in the Dockerfile.
  if (url.username !== "" || url.password !== "")
    throw refuse(shown, "it has a user name or a password in it");
  return shown;
}

/** Passwords stand before the host, tokens behind the question mark. */
function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** Nobody can be between here and this machine itself. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
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

/** Out: the digest of what was stored. */
async function store(
  response: Response,
  file: FileHandle,
  shown: string,
  limitBytes: number,
): Promise<string> {
  const hash = createHash("sha256");
  const refuse = () => {
    const reason = `it is larger than ${limitBytes} bytes`;
    return new CompileError([diagnose("modules/bad-answer", { url: shown, reason }, { file: shown })]);
  };
  if (Number(response.headers.get("content-length") ?? 0) > limitBytes) throw refuse();
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw refuse();
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return `sha256:${hash.digest("hex")}`;
}
