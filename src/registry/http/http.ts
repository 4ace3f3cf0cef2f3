import { pipeline, Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { TemporaryError } from "../../diagnostics/diagnostic.ts";
import { localPlace, mayLeadTo } from "../../image/local-place.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../options.ts";
import { Connections, connectTimeoutMs } from "./connections.ts";
import { HttpFault, networkFault } from "./http-fault.ts";
import type { ServerAnswer, WireRequest } from "./send-request.ts";

/** Limits of every request. */
export interface HttpSettings {
  /** Longest silence of a server, before its answer and in it. */
  readonly idleMs: number;
  /** Longest time for one request with its redirects and retries. */
  readonly totalMs: number;
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** Upper bound of the first pause; each next one's is twice as long. */
  readonly pauseMs: number;
  /** Longest pause that a server's Retry-After can ask for; where it asks for more, its answer stands. */
  readonly maxPauseMs: number;
}

export const defaultHttpSettings: HttpSettings = {
  idleMs: 30_000,
  totalMs: 120_000,
  attempts: 4,
  pauseMs: 400,
  maxPauseMs: 20_000,
};

/** As browsers and Go have it, roughly; a registry sends one on, to its storage. */
const maxRedirects = 10;
/** What is sent unless the request has something else: what comes is to be as it is stored. */
const usualHeaders = { accept: "*/*", "accept-encoding": "identity", "user-agent": "cnb-dockerfile" };
/** As much of an error's text as is worth reading. */
const maxErrorBytes = 64 * 1024;

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

/** Sizes of all bodies so far, retries and answers that were errors included, in bytes. */
export interface Traffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Where it came from, at the end of all redirects. */
  readonly url: URL;
  /** The whole body, unless `receive` took it; of an error (not 2xx) the first 64 KiB. */
  readonly bytes: Buffer;
}

/**
 * Asks servers: registries, their token servers, and any other download. Proxy, CAs and insecure hosts as `RegistryOptions`
 * and the environment have it. Answers of any status are answers; 429 and 5xx were then tried again in vain.
 */
export class HttpClient {
  readonly connections: Connections;
  readonly #settings: HttpSettings;
  readonly #total = { sentBytes: 0, receivedBytes: 0 };

  constructor(options: RegistryOptions = defaultRegistryOptions, settings: Partial<HttpSettings> = {}) {
    this.connections = new Connections(options);
    this.#settings = { ...defaultHttpSettings, ...settings };
  }

  get traffic(): Traffic {
    return { ...this.#total };
  }

  /** Throws HttpFault where there is no answer, or none that can be taken; `faultError` makes a message of it. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const totalMs = request.totalMs ?? this.#settings.totalMs;
    const deadline = performance.now() + totalMs;
    const seen = new Set<string>();
    let { url, headers = {} } = request;
    for (;;) {
      seen.add(url.href);
      const answer = await this.#persist({ ...request, url, headers, totalMs }, deadline);
      const location = answer.headers.get("location");
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.status);
      if (!isRedirect || location === null || !isReading(request)) return answer;
      const next = nextHop(url, location);
      if (seen.has(next.href)) {
        throw new HttpFault("redirect", `it redirects in a circle, back to ${shown(next)}`);
      }
      if (seen.size > maxRedirects) {
        throw new HttpFault(
          "redirect",
          `it redirects more than ${maxRedirects} times, last to ${shown(next)}`,
        );
      }
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  /** Sends a request until it is answered, or has failed often enough. */
  async #persist(request: Hop, deadline: number): Promise<HttpAnswer> {
    const { maxPauseMs } = this.#settings;
    const attempts = isStream(request.body) ? 1 : this.#settings.attempts;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#send(request, deadline).catch((error: unknown) => {
        request.signal?.throwIfAborted();
        if (mayPass(error, request) && attempt < attempts) return undefined;
        throw error;
      });
      const wanted = answer === undefined ? undefined : retryAfterMs(answer);
      const isFinal = answer !== undefined && answer.status !== 429 && answer.status < 500;
      if (answer !== undefined && (isFinal || attempt >= attempts || (wanted ?? 0) > maxPauseMs))
        return answer;
      const pauseMs = Math.max(wanted ?? 0, this.#backoffMs(attempt));
      if (performance.now() + pauseMs > deadline) {
        if (answer !== undefined) return answer;
        throw tooSlow(request);
      }
      await pause(pauseMs, undefined, { signal: request.signal }).catch(() =>
        request.signal?.throwIfAborted(),
      );
    }
  }

  /** With jitter, so that many builds that failed together do not come back together. */
  #backoffMs(attempt: number): number {
    return this.#settings.pauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  }

  async #send(request: Hop, deadline: number): Promise<HttpAnswer> {
    const { url, headers = {}, form, body: sent, receive } = request;
    const sendTo = this.connections.senderFor(url);
    const abort = new AbortController();
    const { idleMs } = this.#settings;
    const idle = setTimeout(
      () => abort.abort(new HttpFault("timeout", `no answer in ${idleMs / 1000} s`)),
      idleMs,
    );
    const total = setTimeout(() => abort.abort(tooSlow(request)), Math.max(0, deadline - performance.now()));
    // Not what `receive` throws: a full disk is no fault of the network.
    const faultOf = (error: unknown) =>
      networkFault(abort.signal.aborted ? abort.signal.reason : error, connectTimeoutMs);
    try {
      const response = await sendTo(url, {
        method: methodOf(request),
        headers: {
          ...usualHeaders,
          ...headers,
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...(isStream(sent) ? { "content-length": String(sent.sizeBytes) } : {}),
        },
        ...(form === undefined ? {} : { body: Buffer.from(new URLSearchParams(form).toString()) }),
        ...(sent === undefined ? {} : { body: this.#counted(sent, () => idle.refresh()) }),
        signal: request.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, request.signal]),
      }).catch((error: unknown) => {
        throw faultOf(error);
      });
      idle.refresh();
      const { status, headers: answered } = response;
      const onData = (sizeBytes: number) => {
        idle.refresh();
        this.#total.receivedBytes += sizeBytes;
      };
      // What HEAD tells the size of does not come.
      const maxSizeBytes = request.method === "HEAD" ? Number.POSITIVE_INFINITY : request.maxSizeBytes;
      const body = bodyOf(response, maxSizeBytes, onData, faultOf);
      let bytes = Buffer.alloc(0);
      if (receive === undefined || isError(response)) bytes = await wholeOf(body);
      else await receive(body);
      return { status, headers: answered, url, bytes };
    } catch (error) {
      // What is left of an answer that nobody wants is not to be sent.
      abort.abort();
      throw error;
    } finally {
      clearTimeout(idle);
      clearTimeout(total);
    }
  }

  #counted(sent: NonNullable<HttpRequest["body"]>, onData: () => void): NonNullable<WireRequest["body"]> {
    const count = (sizeBytes: number) => {
      this.#total.sentBytes += sizeBytes;
      onData();
    };
    if (isStream(sent)) return { pieces: countedPieces(sent, count) };
    count(sent.byteLength);
    return sent;
  }
}

/** One request of a chain of redirects. */
type Hop = HttpRequest & Required<Pick<HttpRequest, "totalMs">>;

function methodOf({ method, form }: HttpRequest): WireRequest["method"] {
  return method ?? (form === undefined ? "GET" : "POST");
}

/** Whether a request asks for something, and hands nothing over. */
function isReading(request: HttpRequest): boolean {
  return methodOf(request) === "GET" || methodOf(request) === "HEAD";
}

function isStream(body: HttpRequest["body"]): body is HttpStream {
  return body !== undefined && "pieces" in body;
}

/** What goes beyond the size that was announced would be another request to the server. */
async function* countedPieces(
  { pieces, sizeBytes }: HttpStream,
  count: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0;
  for await (const piece of pieces) {
    sentBytes += piece.byteLength;
    if (sentBytes > sizeBytes)
      throw new HttpFault("unusable", `there is more than the ${sizeBytes} bytes announced`);
    count(piece.byteLength);
    yield piece;
  }
  if (sentBytes < sizeBytes) {
    throw new HttpFault("unusable", `there are ${sentBytes} bytes, and ${sizeBytes} were announced`);
  }
}

function tooSlow({ totalMs }: Hop): HttpFault {
  return new HttpFault("timeout", `no whole answer in ${totalMs / 1000} s`);
}

function isError({ status }: ServerAnswer): boolean {
  return status < 200 || status > 299;
}

/**
 * The body as it comes, unpacked; of an error the beginning. In: called whenever something has come; what makes an
 * HttpFault of an error. Throws HttpFault, and as soon as the answer is known to be too large.
 */
async function* bodyOf(
  response: ServerAnswer,
  maxSizeBytes: number,
  onData: (sizeBytes: number) => void,
  faultOf: (error: unknown) => HttpFault,
): AsyncGenerator<Uint8Array, void, undefined> {
  const limit = isError(response) ? maxErrorBytes : maxSizeBytes;
  const tooLarge = () => new HttpFault("too-large", `it is larger than ${readableSize(limit)}`);
  if (!isError(response) && Number(response.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  let size = 0;
  try {
    for await (const piece of unpacked(response)) {
      onData(piece.byteLength);
      size += piece.byteLength;
      if (size <= limit) yield piece;
      else if (isError(response)) return;
      else throw tooLarge();
    }
  } catch (error) {
    throw faultOf(error);
  }
}

/** Undoes gzip, which BuildKit undoes as well, and nothing else. Throws HttpFault; of an error nothing is left then. */
function unpacked(response: ServerAnswer): AsyncIterable<Uint8Array> {
  const { body } = response;
  const encoding = response.headers.get("content-encoding")?.toLowerCase() || "identity";
  if (encoding === "identity") return body;
  if (encoding === "gzip") {
    return pipeline(body, createGunzip(), () => {
      // The faults of either are those of reading the result.
    });
  }
  body.destroy();
  if (isError(response)) return Readable.from([]);
  throw new HttpFault("unusable", `its content is encoded as ${encoding}`);
}

async function wholeOf(body: AsyncIterable<Uint8Array>): Promise<Buffer<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

function mayPass(error: unknown, { isProbe = false }: HttpRequest): boolean {
  return error instanceof TemporaryError || (error instanceof HttpFault && error.mayPass && !isProbe);
}

function readableSize(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${bytes / 1024 / 1024} MiB` : `${bytes} bytes`;
}

/** Where a redirect leads. What was asked for by https is not taken from anywhere else. */
function nextHop(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href))
    throw new HttpFault("redirect", "it redirects to what is no address");
  const next = new URL(location, from);
  if (next.protocol !== "https:" && next.protocol !== "http:") {
    throw new HttpFault("redirect", `it redirects to a ${next.protocol} address`);
  }
  if (from.protocol === "https:" && next.protocol === "http:") {
    throw new HttpFault("redirect", `it redirects from https to http, to ${shown(next)}`);
  }
  if (!mayLeadTo(from, next)) {
    const place =
      localPlace(next.hostname) === "loopback" ? "this machine itself" : "a neighbour of this machine";
    throw new HttpFault("redirect", `it redirects to ${place}, to ${shown(next)}`);
  }
  // Nobody asked for a name and a password.
  if (next.username !== "" || next.password !== "") {
    throw new HttpFault("redirect", "it redirects to an address with a name and a password");
  }
  return next;
}

/** Without the query, which may be a signature that lets anybody in. */
function shown({ origin, pathname }: URL): string {
  return origin + pathname;
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}

/** What a server's Retry-After asks for, in milliseconds from now. Undefined: it does not say. */
export function retryAfterMs({ headers }: Pick<HttpAnswer, "headers">): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
