import { on } from "node:events";
import type { ClientHttp2Stream } from "node:http2";

/**
 * Gives a response an iterator that reads it by its events. Node's own one (24.20 and later 24.x, 26.3 and later) takes a
 * response that has arrived whole before it is read for one that was cut off, and BuildKit's arrive so.
 * `test/frontend/bridge/stdio-transport.test.ts` fails once this is not needed any more.
 * Source: https://github.com/nodejs/node/issues/65677
 */
export function readableResponse(response: ClientHttp2Stream): ClientHttp2Stream {
  return Object.defineProperty(response, Symbol.asyncIterator, { value: () => pieces(response) });
}

/** A response that is cut off has an error of its own or a reset code, which the caller listens for. */
async function* pieces(response: ClientHttp2Stream): AsyncGenerator<Buffer> {
  if (response.readableEnded || response.destroyed) return;
  for await (const [piece] of on(response, "data", { close: ["end", "close"] })) yield piece;
}
