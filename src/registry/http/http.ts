import { setTimeout as pause } from "node:timers/promises";
import { TemporaryError } from "../../diagnostics/diagnostic.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../options.ts";
import { answerBody, isError, wholeOf } from "./answer-body.ts";
import { Connections, connectTimeoutMs } from "./connections.ts";
import { HttpFault, networkFault } from "./http-fault.ts";
import { type HttpAnswer, type HttpRequest, type HttpStream, isStream, methodOf } from "./http-message.ts";
import { followRedirect, type Hop } from "./redirect.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { WireRequest } from "./send-request.ts";

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

const defaultHttpSettings: HttpSettings = {
  idleMs: 30_000,
  totalMs: 120_000,
  attempts: 4,
  pauseMs: 400,
  maxPauseMs: 20_000,
};

/** What is sent unless the request has something else: what comes is to be as it is stored. */
const usualHeaders = { accept: "*/*", "accept-encoding": "identity", "user-agent": "cnb-dockerfile" };

/** Sizes of all bodies so far, retries and answers that were errors included, in bytes. */
export interface Traffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
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
    let hop: Hop = { url: request.url, headers: request.headers ?? {} };
    for (;;) {
      seen.add(hop.url.href);
      const answer = await this.#persist({ ...request, ...hop, totalMs }, deadline);
      const next = followRedirect({ ...request, ...hop }, answer, seen);
      if (next === undefined) return answer;
      hop = next;
    }
  }

  /** Sends a request until it is answered, or has failed often enough. */
  async #persist(request: TimedRequest, deadline: number): Promise<HttpAnswer> {
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

  async #send(request: TimedRequest, deadline: number): Promise<HttpAnswer> {
    const { url, headers = {}, form, body: sent, receive } = request;
    const sendTo = this.connections.senderFor(url);
    const abort = new AbortController();
    const { idleMs } = this.#settings;
    const idle = setTimeout(
      () => abort.abort(new HttpFault("timeout", `no response within ${idleMs / 1000} s`)),
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
      const body = answerBody(response, maxSizeBytes, onData, faultOf);
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

/** One request of a chain of redirects, with the time that all of them have. */
type TimedRequest = HttpRequest & Required<Pick<HttpRequest, "totalMs">>;

/** What goes beyond the size that was announced would be another request to the server. */
async function* countedPieces(
  { pieces, sizeBytes }: HttpStream,
  count: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sentBytes = 0;
  for await (const piece of pieces) {
    sentBytes += piece.byteLength;
    if (sentBytes > sizeBytes)
      throw new HttpFault("unusable", `the response is longer than the announced ${sizeBytes} bytes`);
    count(piece.byteLength);
    yield piece;
  }
  if (sentBytes < sizeBytes) {
    throw new HttpFault("unusable", `the response has ${sentBytes} bytes, but ${sizeBytes} were announced`);
  }
}

function tooSlow({ totalMs }: TimedRequest): HttpFault {
  return new HttpFault("timeout", `no complete response within ${totalMs / 1000} s`);
}

function mayPass(error: unknown, { isProbe = false }: HttpRequest): boolean {
  return error instanceof TemporaryError || (error instanceof HttpFault && error.mayPass && !isProbe);
}
