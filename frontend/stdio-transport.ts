import { Duplex, type Readable, type Writable } from "node:stream";
import type { Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

/**
 * gRPC over one pair of streams: BuildKit speaks HTTP/2 as the server on the frontend's standard input and output.
 * Nothing else may write to `output`.
 */
export function stdioTransport(input: Readable, output: Writable): Transport {
  const connection = Duplex.from({ readable: input, writable: output });
  // Calls fail by it; before the first of them nobody else would listen.
  connection.on("error", () => undefined);
  return createGrpcTransport({
    // Stands for the server in requests' headers; nothing is looked up.
    baseUrl: "http://buildkit",
    nodeOptions: { createConnection: () => connection },
    // Files, such as an order of a thousand buildpacks, come in one message.
    readMaxBytes: 64 * 2 ** 20,
    writeMaxBytes: 64 * 2 ** 20,
  });
}
