import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { isIP, type Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { connect as connectTls, type SecureContext } from "node:tls";
import { present } from "../../present.ts";

/** Sends one request to the server it is for, and follows no redirect. */
export type SendRequest = (url: URL, request: WireRequest) => Promise<ServerAnswer>;

export interface WireRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly headers: Record<string, string>;
  /** Pieces come once, and are not asked for before there is a connection: without one, they can be sent by another. */
  readonly body?: Uint8Array | { readonly pieces: AsyncIterable<Uint8Array> };
  readonly signal: AbortSignal;
}

export interface ServerAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** As it was sent, so perhaps compressed. */
  readonly body: Readable;
}

/** How one server is reached. */
interface Route {
  /** For a connection, its tunnel and its TLS. */
  readonly connectTimeoutMs: number;
  /** Absent: there is none on the way. */
  readonly proxy?: URL;
  /** Absent: TLS as Node has it. */
  readonly tls?: { readonly secureContext: SecureContext; readonly rejectUnauthorized: boolean };
}

/**
 * Sends requests to one server by `node:http`, and keeps its connections for the next. Not by `fetch`: a server that closes
 * its connection while a body is read ends the process there (nodejs/undici#5360: Node 24.19, undici 7), undici 8 does not
 * load on Node 22.13, and either takes 40 ms and more to load.
 * A tunnel through a proxy is ours: `https-proxy-agent` writes a proxy's password where `DEBUG` asks for it.
 */
export function openRoute(route: Route): SendRequest {
  const { proxy } = route;
  // A connection that the server gives up while a body is on its way could not be told from a failed upload.
  const agents = (keepAlive: boolean) => ({
    http: new HttpAgent({ keepAlive }),
    https: proxy === undefined ? new HttpsAgent({ keepAlive }) : new TunnelAgent({ keepAlive }, proxy, route),
  });
  const [kept, single] = [agents(true), agents(false)];
  return (url, request) => {
    const isStream = request.body !== undefined && "pieces" in request.body;
    const { http, https } = isStream ? single : kept;
    if (url.protocol === "https:") {
      const options = { ...targetOf(url), ...route.tls, servername: serverName(url), agent: https };
      return send(httpsRequest, options, request, route);
    }
    if (proxy === undefined) return send(httpRequest, { ...targetOf(url), agent: http }, request, route);
    // Proxies that allow tunnels only to port 443 are common, so a plain server's whole address is asked for.
    const headers = { host: url.host, ...proxyHeaders(proxy) };
    const options = { ...targetOf(proxy), path: url.origin + url.pathname + url.search, headers };
    return proxy.protocol === "https:"
      ? send(httpsRequest, { ...options, servername: serverName(proxy) }, request, route)
      : send(httpRequest, { ...options, agent: http }, request, route);
  };
}

type Sender = (options: RequestOptions) => ClientRequest;

function send(
  sender: Sender,
  options: RequestOptions,
  { method, headers, body, signal }: WireRequest,
  { connectTimeoutMs }: Route,
): Promise<ServerAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = sender({ ...options, method, headers: { ...headers, ...options.headers }, signal });
    const waiting = endIfLate(request, connectTimeoutMs);
    const isUp = () => {
      clearTimeout(waiting);
      if (body === undefined || !("pieces" in body)) return;
      pipeline(Readable.from(body.pieces, { objectMode: false }), request).catch(reject);
    };
    request.on("socket", (socket) => {
      if (request.reusedSocket || !socket.connecting) isUp();
      else socket.once("encrypted" in socket ? "secureConnect" : "connect", isUp);
    });
    request.on("close", () => {
      clearTimeout(waiting);
      // Changes nothing where there was an answer or a fault.
      reject(Object.assign(new Error("no answer"), { code: "ECONNRESET" }));
    });
    // Nobody asked for another protocol.
    request.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(Object.assign(new Error("another protocol"), { code: "HPE_UPGRADE" }));
    });
    request.on("response", (response) => {
      // Its faults are those of the reading.
      response.on("error", () => undefined);
      // What is answered before it has arrived is not sent to its end.
      response.on("close", () => {
        if (!request.writableFinished) request.destroy();
      });
      resolve(answerOf(response));
    });
    request.on("error", reject);
    if (body === undefined || !("pieces" in body)) request.end(body);
  });
}

function answerOf(response: IncomingMessage): ServerAnswer {
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    headers: {
      get(name) {
        const value = headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    body: response,
  };
}

/** Its error is told as that of any connection that does not come about. */
function endIfLate(request: ClientRequest, connectTimeoutMs: number): NodeJS.Timeout {
  return setTimeout(
    () => request.destroy(Object.assign(new Error("no connection"), { code: "ETIMEDOUT" })),
    connectTimeoutMs,
  );
}

function targetOf(url: URL): RequestOptions {
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port || (url.protocol === "https:" ? 443 : 80),
    path: url.pathname + url.search,
  };
}

/** TLS names no addresses. Source: RFC 6066, section 3. */
function serverName({ hostname }: URL): string {
  return isIP(hostname.replace(/^\[|\]$/g, "")) === 0 ? hostname : "";
}

function proxyHeaders({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}` };
}

/** Makes connections to a TLS server through a proxy's tunnel. Source: RFC 9110, section 9.3.6. */
class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;
  readonly #route: Route;

  constructor(options: { readonly keepAlive: boolean }, proxy: URL, route: Route) {
    super(options);
    this.#proxy = proxy;
    this.#route = route;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const { host, port, servername, signal } = options;
    const proxy = this.#proxy;
    const { connectTimeoutMs, tls } = this.#route;
    const hostname = host ?? "";
    const place = `${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
    let isDone = false;
    const done = (error: Error | null, socket?: Socket) => {
      if (isDone) return void socket?.destroy();
      isDone = true;
      clearTimeout(waiting);
      // Node's type wants a socket with an error, too, and Node takes none.
      callback?.(error, socket as Socket);
    };
    const request = (proxy.protocol === "https:" ? httpsRequest : httpRequest)({
      ...targetOf(proxy),
      method: "CONNECT",
      path: place,
      agent: false,
      headers: { host: place, ...proxyHeaders(proxy) },
      ...(proxy.protocol === "https:" ? { servername: serverName(proxy) } : {}),
      ...present({ signal }),
    });
    const waiting = endIfLate(request, connectTimeoutMs);
    request.on("error", (error) => done(error));
    // It is no tunnel that has an answer of its own.
    request.on("response", ({ statusCode = 0 }) => {
      request.destroy();
      done(refused(statusCode));
    });
    request.on("connect", ({ statusCode = 0 }, tunnel: Socket, first) => {
      if (statusCode < 200 || statusCode > 299) {
        tunnel.destroy();
        return done(refused(statusCode));
      }
      if (first.length > 0) tunnel.unshift(first);
      const socket = connectTls({
        socket: tunnel,
        host: hostname,
        ...(servername ? { servername } : {}),
        ...tls,
      });
      const late = setTimeout(() => {
        socket.destroy(Object.assign(new Error("no connection"), { code: "ETIMEDOUT" }));
      }, connectTimeoutMs);
      socket.once("close", () => clearTimeout(late));
      socket.once("error", (error) => done(error));
      socket.once("secureConnect", () => {
        clearTimeout(late);
        done(null, socket);
      });
    });
    request.end();
    return undefined;
  }
}

function refused(status: number): Error {
  return Object.assign(new Error("the proxy did not open a tunnel"), { proxyStatus: status });
}
