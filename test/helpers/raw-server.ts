import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterTest } from "./after-test.ts";

/**
 * Starts a server on this machine that is gone after the test, for answers that no web server would give. In: what it
 * does once a request's head is here, with the head's text. Out: `127.0.0.1:PORT`.
 */
export async function startRawServer(answer: (socket: Socket, head: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    let head = "";
    socket.on("data", (piece) => {
      head += piece.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      const whole = head.slice(0, end);
      head = "";
      answer(socket, whole);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
