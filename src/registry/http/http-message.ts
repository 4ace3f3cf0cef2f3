import type { WireRequest } from "./send-request.ts";

export interface HttpRequest {
  /** http or https, without name and password. */
  readonly url: URL;
  /** `authorization` goes to the URL's own origin only. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: POST where there is a form, else GET. Redirects are followed from GET and HEAD alone. */
  readonly method?: "HEAD" | "POST" | "PUT";
  /** A form to POST. */
  readonly form?: Readonly<Record<string, string>>;
  /** What is sent; its type stands among the headers. */
  readonly body?: Uint8Array | HttpStream;
  /** A longer answer is refused, and not read to its end. */
  readonly maxSizeBytes: number;
  /** In place of the settings' limit, for what is large. */
  readonly totalMs?: number;
  /**
   * Takes the body of a 2xx as it comes, in place of `bytes`. Called again, with the body's beginning, for each try.
   * What it throws of its own is thrown as it is, a TemporaryError after the usual tries.
   */
  readonly receive?: (body: AsyncIterable<Uint8Array>) => Promise<void>;
  /** Ends it; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** True: the caller has another way where no connection comes about, so none is tried twice. */
  readonly isProbe?: boolean;
}

/** A body that is sent as it comes; it comes once, so such a request is sent once. */
export interface HttpStream {
  readonly sizeBytes: number;
  /** What it throws ends the request. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Where it came from, at the end of all redirects. */
  readonly url: URL;
  /** The whole body, unless `receive` took it; of an error (not 2xx) the first 64 KiB. */
  readonly bytes: Buffer;
}

export function methodOf({ method, form }: HttpRequest): WireRequest["method"] {
  return method ?? (form === undefined ? "GET" : "POST");
}

/** Whether a request asks for something, and hands nothing over. */
export function isReading(request: HttpRequest): boolean {
  return methodOf(request) === "GET" || methodOf(request) === "HEAD";
}

export function isStream(body: HttpRequest["body"]): body is HttpStream {
  return body !== undefined && "pieces" in body;
}
