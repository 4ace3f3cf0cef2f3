import { createServer } from "node:https";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { afterTest } from "../../helpers/after-test.ts";
import { type Certificate, makeAuthority, makeCertificate } from "../../helpers/certificates.ts";

/** A server that keeps what is put there. */
async function startStore(certificate: Certificate): Promise<{ url: URL; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer({ cert: certificate.cert, key: certificate.key }, async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    bodies.push(body);
    response.writeHead(201).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/blob`), bodies };
}

/** Has the system's store hold these CAs, which Node reads of it once in a process. */
function storeHolds(cas: readonly string[]): void {
  const real = tls.getCACertificates;
  tls.getCACertificates = (type) => (type === "system" ? [...cas] : real(type));
  syncBuiltinESMExports();
  afterTest(() => {
    tls.getCACertificates = real;
    syncBuiltinESMExports();
  });
}

/** Sends a body as it comes. Out: its status or its fault, and how often the body was begun. */
async function upload(url: URL): Promise<{ result: unknown; begun: number }> {
  let begun = 0;
  async function* pieces() {
    begun++;
    yield Buffer.from("a layer ");
    yield Buffer.from("in pieces");
  }
  const body = { sizeBytes: 17, pieces: pieces() };
  const http = new HttpClient(defaultRegistryOptions);
  const result = await http.request({ url, method: "PUT", body, maxSizeBytes: 100 }).then(
    ({ status }) => status,
    (error: { readonly reason?: string }) => error.reason ?? error,
  );
  return { result, begun };
}

// Before Node 22.15, the system's store cannot be asked.
describe.skipIf(tls.getCACertificates === undefined)(
  "a streamed upload that is a server's first request",
  () => {
    it("is sent where only the system's store knows the server's CA", async () => {
      const ca = makeAuthority();
      const { url, bodies } = await startStore(makeCertificate({ names: "IP:127.0.0.1", ca }));
      storeHolds([ca.cert]);
      expect(await upload(url)).toEqual({ result: 201, begun: 1 });
      expect(bodies).toEqual(["a layer in pieces"]);
    });

    it("is not begun where nobody knows it", async () => {
      const { url, bodies } = await startStore(
        makeCertificate({ names: "IP:127.0.0.1", ca: makeAuthority() }),
      );
      storeHolds([]);
      expect(await upload(url)).toEqual({
        result: expect.stringContaining("signed by an unknown CA"),
        begun: 0,
      });
      expect(bodies).toEqual([]);
    });
  },
);
