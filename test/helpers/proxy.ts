import { createServer, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterTest } from "./after-test.ts";

/** A forward proxy in this process that leads every host to one server. */
export interface TestProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** What it was asked: `CONNECT registry.example:443`, `GET http://registry.example/`, each with its authorization. */
  readonly asked: { readonly line: string; readonly authorization: string | undefined }[];
  /** Status that it answers instead. */
  refuseWith: number | undefined;
}

/** In: `127.0.0.1:PORT` of the server. The proxy is gone after the test. */
export async function startProxy(target: string): Promise<TestProxy> {
  const [hostname, port] = target.split(":");
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    note(`${incoming.method} ${incoming.url}`, incoming.headers["proxy-authorization"]);
    if (proxy.refuseWith !== undefined) return void outgoing.writeHead(proxy.refuseWith).end();
    const { pathname, search } = new URL(incoming.url ?? "");
    request({ hostname, port, path: pathname + search, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (incoming, socket: Socket) => {
    note(`CONNECT ${incoming.url}`, incoming.headers["proxy-authorization"]);
    if (proxy.refuseWith !== undefined) return void socket.end(`HTTP/1.1 ${proxy.refuseWith} No\r\n\r\n`);
    const onward = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on("error", () => undefined);
    sockets.add(onward);
  });
  const note = (line: string, authorization: string | undefined) => proxy.asked.push({ line, authorization });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: TestProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    refuseWith: undefined,
  };
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}
