import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../../diagnostics/diagnostic.ts";
import { downloadError } from "../store/download.ts";
import type { HttpClient } from "./http.ts";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";

interface GetRequest extends Pick<HttpRequest, "maxSizeBytes" | "totalMs" | "receive"> {
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
  const location = { file: shown };
  const unavailable = (reason: string) => diagnose("modules/unavailable", { url: shown, reason }, location);
  const useless = (reason: string) => diagnose("modules/bad-answer", { url: shown, reason }, location);
  const answer = await http.request(request).catch((error: unknown) => {
    throw downloadError(error, { shown, host: request.url.host, unavailable, useless });
  });
  const { status } = answer;
  if (status >= 200 && status <= 299) return answer;
  if (status === 404 || status === 410) return undefined;
  if (status === 401 || status === 403 || status === 407) {
    throw new CompileError([diagnose("modules/refused", { url: shown, status }, location)]);
  }
  if (status === 408 || status === 429 || status >= 500) {
    throw new TemporaryError(unavailable(`HTTP ${status}`));
  }
  throw new CompileError([useless(`HTTP ${status}`)]);
}
