import { mkdirSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, request as httpsRequest } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { type Certificate, makeCertificate } from "../../helpers/certificates.ts";

/** Where a host's requests really go. */
export interface Route {
  /** `https://127.0.0.1:PORT`, or plain http. */
  readonly origin: string;
  /** CA of that server, in PEM; the proxy alone knows it. Absent: it speaks plain http. */
  readonly ca?: string;
}

/** A forward proxy as companies have them: it opens TLS, reads what is inside, and signs the answer with its own CA. */
export interface ResigningProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What it read inside of TLS and how that was answered: `GET https://packages.example/a 200`. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

/** In: its CA; a directory for the certificates it makes; by host, without port, where it leads to. */
export async function startResigningProxy(
  authority: Certificate,
  directory: string,
  routes: Readonly<Record<string, Route>>,
): Promise<ResigningProxy> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const contexts = new Map<string, SecureContext>();
  const contextFor = (host: string): SecureContext => {
    const known = contexts.get(host);
    if (known !== undefined) return known;
    const place = join(directory, host);
    mkdirSync(place, { recursive: true });
    const { cert, key } = makeCertificate({ names: `DNS:${host}`, ca: authority }, place);
    const made = createSecureContext({ cert, key });
    contexts.set(host, made);
    return made;
  };
  const inside = createTlsServer(
    { SNICallback: (host, take) => take(null, contextFor(host)) },
    (incoming, outgoing) => {
      const host = (incoming.headers.host ?? "").replace(/:\d+$/, "");
      forward(routes[host], incoming, outgoing, (status) =>
        requests.push(`${incoming.method} https://${host}${incoming.url} ${status}`),
      );
    },
  );
  // Nothing of a test speaks plain http to it.
  const server = createServer((_, outgoing) => void outgoing.writeHead(403).end());
  server.on("connect", (incoming, socket: Socket) => {
    socket.on("error", () => undefined);
    sockets.add(socket);
    if (routes[(incoming.url ?? "").replace(/:\d+$/, "")] === undefined) {
      socket.end("HTTP/1.1 502 No such host\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    inside.emit("connection", socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()).closeAllConnections());
    },
  };
}

/** Sends a request on as it is and streams the answer back. In: called with the answer's status. */
function forward(
  route: Route | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  note: (status: number) => void,
): void {
  const fail = () => {
    note(502);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  };
  if (route === undefined) {
    fail();
    return;
  }
  const { hostname, port, protocol } = new URL(route.origin);
  const { method, url: path, headers } = incoming;
  const options = { hostname, port, method, path, headers };
  const onward =
    protocol === "https:" ? httpsRequest({ ...options, ca: route.ca, servername: "" }) : httpRequest(options);
  onward.on("error", fail);
  onward.on("response", (answer) => {
    const { statusCode = 502 } = answer;
    note(statusCode);
    outgoing.writeHead(statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
}
