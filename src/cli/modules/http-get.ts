import { CompileError, diagnose, TemporaryError } from "../../index.ts";
import { faultError } from "../../registry/faults.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../registry/http.ts";
import { HttpFault } from "../../registry/http-fault.ts";

export interface GetRequest extends Pick<HttpRequest, "maxSizeBytes" | "totalMs" | "receive"> {
  /** http or https, without name and password. */
  readonly url: URL;
  /** The address, for messages. */
  readonly shown: string;
}

/**
 * Asks for an address. Out: an answer with content; undefined: there is nothing (404, 410).
 * Throws CompileError where access is refused or the answer cannot be used, TemporaryError where retrying can help.
 */
export async function httpGet(
  http: HttpClient,
  { shown, ...request }: GetRequest,
): Promise<HttpAnswer | undefined> {
  // As it is stored: a digest of what a server compressed on its way would be nobody else's.
  const headers = { "accept-encoding": "identity" };
  const answer = await http.request({ ...request, headers }).catch((error: unknown) => {
    throw errorFor(error, request.url, shown);
  });
  const { status } = answer;
  const location = { file: shown };
  const encoding = answer.headers.get("content-encoding") ?? "identity";
  const isThere = status >= 200 && status <= 299;
  // Both fetch and BuildKit undo gzip in silence; of others they differ in what they make.
  if (isThere && (encoding === "identity" || encoding === "gzip")) return answer;
  if (status === 404 || status === 410) return undefined;
  if (status === 401 || status === 403 || status === 407) {
    throw new CompileError([diagnose("modules/refused", { url: shown, status }, location)]);
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new TemporaryError(
      diagnose("modules/unavailable", { url: shown, reason: `HTTP ${status}` }, location),
    );
  }
  const reason = isThere ? `its content is encoded as ${encoding}` : `HTTP ${status}`;
  throw new CompileError([diagnose("modules/bad-answer", { url: shown, reason }, location)]);
}

/** What is not HttpFault is ours, or the disk's. */
function errorFor(error: unknown, { host }: URL, shown: string): unknown {
  if (!(error instanceof HttpFault)) return error;
  const { kind, reason } = error;
  const location = { file: shown };
  const values = { url: shown, reason };
  switch (kind) {
    case "unreachable":
    case "timeout":
    case "not-tls":
      return new TemporaryError(diagnose("modules/unavailable", values, location), { cause: error });
    case "redirect":
    case "too-large":
      return new CompileError([diagnose("modules/bad-answer", values, location)], { cause: error });
    // Mended by the same flags and variables as where a registry is asked.
    case "certificate":
    case "proxy":
      return faultError(error, { what: shown, host, location });
  }
}
