import { request as ask, createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** Another address of the lab's registry, at which a test decides what becomes of a request. */
export interface FailingProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `METHOD PATH` of each request, oldest first. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** What becomes of a request: it goes on to the registry, is answered with a status, or is never answered. */
export type Decision = "pass" | "silence" | number;

/** Starts one. In: the registry's `HOST:PORT`; decides upon `METHOD PATH`. */
export async function startFailingProxy(
  registry: string,
  decide: (line: string) => Decision,
): Promise<FailingProxy> {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const { method = "GET", url = "/", headers } = request;
    const line = `${method} ${url}`;
    requests.push(line);
    const decision = decide(line);
    if (decision === "silence") return;
    if (decision !== "pass") {
      request.resume();
      response.writeHead(decision).end('{"errors":[{"code":"DENIED","message":"not today"}]}');
      return;
    }
    // The registry names its uploads by the host that it was asked as.
    const passed = ask(`http://${registry}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
