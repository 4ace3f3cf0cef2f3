import { CompileError, diagnose, TemporaryError } from "../../index.ts";

/**
 * Asks for an address. Out: an answer with content; undefined: there is nothing (404, 410).
 * Throws CompileError where access is refused, TemporaryError where retrying can help. In: `shown`, for messages.
 */
export async function httpGet(
  fetchLike: typeof fetch,
  url: string,
  shown: string,
): Promise<Response | undefined> {
  // As it is stored: a digest of what a server compressed on its way would be nobody else's.
  const response = await orTemporary(shown, () =>
    fetchLike(url, { headers: { "accept-encoding": "identity" } }),
  );
  const { status, ok, body } = response;
  const encoding = response.headers.get("content-encoding") ?? "identity";
  // Both fetch and BuildKit undo gzip in silence; of others they differ in what they make.
  if (ok && (encoding === "identity" || encoding === "gzip")) return response;
  await body?.cancel();
  const location = { file: shown };
  if (status === 404 || status === 410) return undefined;
  if (status === 401 || status === 403 || status === 407) {
    throw new CompileError([diagnose("modules/refused", { url: shown, status }, location)]);
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new TemporaryError(
      diagnose("modules/unavailable", { url: shown, reason: `HTTP ${status}` }, location),
    );
  }
  const reason = ok ? `its content is encoded as ${encoding}` : `HTTP ${status}`;
  throw new CompileError([diagnose("modules/bad-answer", { url: shown, reason }, location)]);
}

/** Faults of the network, which may pass, are known by what they were caused by; all else is ours, or the disk's. */
export async function orTemporary<Result>(shown: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof CompileError || error instanceof TemporaryError)
      throw error;
    const { cause, message, name } = error;
    if (!(cause instanceof Error) && name !== "TimeoutError") throw error;
    const reason = cause instanceof Error ? reasonOf(cause) : message;
    throw new TemporaryError(diagnose("modules/unavailable", { url: shown, reason }, { file: shown }), {
      cause: error,
    });
  }
}

/** Where every address of a host failed, node's error has only a code. */
function reasonOf(error: Error): string {
  return error.message === "" && "code" in error ? String(error.code) : error.message;
}
