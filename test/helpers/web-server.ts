import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterTest } from "./after-test.ts";

/** Starts a web server on this machine that is gone after the test. Out: `http://127.0.0.1:PORT`. */
export async function startWebServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
