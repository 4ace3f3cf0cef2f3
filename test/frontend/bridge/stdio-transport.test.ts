import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { satisfies } from "semver";
import { describe, expect, it } from "vitest";
import { Gateway } from "../../../frontend/bridge/gateway.ts";
import { stdioTransport } from "../../../frontend/bridge/stdio-transport.ts";
import { fakeBuildkit } from "../../helpers/fake-buildkit.ts";

/** Hands on everything that came within a moment as one piece, as the Go server writes it: head, message and trailers. */
function inOnePiece(): Transform {
  let pieces: Buffer[] = [];
  return new Transform({
    async transform(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      done();
      await pause(20);
      if (pieces.length > 0) this.push(Buffer.concat(pieces.splice(0)));
    },
    flush(done) {
      done(null, Buffer.concat(pieces));
      pieces = [];
    },
  });
}

describe("a response that arrives whole, before it is read", () => {
  it("is read to its end", async () => {
    const { input, output } = fakeBuildkit();
    const gateway = new Gateway(stdioTransport(input.pipe(inOnePiece()), output));
    for (let call = 0; call < 5; call++) {
      expect((await gateway.ping()).workers.map(({ id }) => id)).toEqual(["worker"]);
    }
  });

  /** On the day this fails, Node is mended, and `readable-response.ts` can go. https://github.com/nodejs/node/issues/65677 */
  it("is a premature end to the async iteration of this Node", async ({ skip }) => {
    skip(
      !satisfies(process.version, "^24.20 || >=26.3"),
      "only Node.js 24.20 and 26.3, and later ones, end it early",
    );
    const server = createServer();
    server.on("stream", (stream) => {
      stream.resume();
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end("whole");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      const stream = session.request({ ":path": "/" });
      stream.end();
      await once(stream, "response");
      for (let count = 0; count < 50; count++) await turn();
      const read = async () => {
        for await (const piece of stream) expect(String(piece)).toBe("whole");
      };
      await expect(read()).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
    } finally {
      session.destroy();
      server.close();
    }
  });
});
