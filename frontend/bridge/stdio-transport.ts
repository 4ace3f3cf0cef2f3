import { Duplex, type Readable, type Writable } from "node:stream";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { readableResponse } from "./readable-response.ts";

/** Stands for the server in requests' headers; nothing is looked up. */
const baseUrl = "http://buildkit";

/** The one connection, whose responses are read as `readableResponse` does. */
class Session extends Http2SessionManager {
  readonly #connection: Duplex;

  constructor(connection: Duplex) {
    super(baseUrl, undefined, { createConnection: () => connection });
    this.#connection = connection;
  }

  override async request(...request: Parameters<Http2SessionManager["request"]>) {
    // The library would connect again, to the same streams, and wait for an answer that never comes.
    if (this.#connection.destroyed) throw new ConnectError("the connection is closed", Code.Unavailable);
    return readableResponse(await super.request(...request));
  }
}

/**
 * gRPC over one pair of streams: BuildKit speaks HTTP/2 as the server on the frontend's standard input and output.
 * Nothing else may write to `output`.
 */
export function stdioTransport(input: Readable, output: Writable): Transport {
  const connection = Duplex.from({ readable: input, writable: output });
  // Calls fail by it; before the first of them nobody else would listen.
  connection.on("error", () => undefined);
  return createGrpcTransport({
    baseUrl,
    sessionManager: new Session(connection),
    // Files, such as an order of a thousand buildpacks, come in one message.
    readMaxBytes: 64 * 2 ** 20,
    writeMaxBytes: 64 * 2 ** 20,
  });
}
