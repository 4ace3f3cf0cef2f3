import { type AddressInfo, createServer, type Socket } from "node:net";

/** Forwards connections as a long line does: everything arrives late, and as fast as before. */
export interface DelayingProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly close: () => Promise<void>;
}

/** In: how it connects to the server; how long a byte takes in each direction. */
export async function startDelayingProxy(connect: () => Socket, oneWayMs: number): Promise<DelayingProxy> {
  const open = new Set<Socket>();
  // One direction may end before the other.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect();
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once("close", () => open.delete(socket));
    }
    forward(client, upstream, oneWayMs);
    forward(upstream, client, oneWayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** What may be on its way before the sender has to wait: enough for a fast line of that length. */
const windowBytes = 64_000_000;

/** Sends on what comes, in its order, each piece so much later. A new connection's first piece waits for its handshake, too. */
function forward(from: Socket, to: Socket, delayMs: number): void {
  const isOpenAt = performance.now() + 2 * delayMs;
  const pieces: { readonly dueAt: number; readonly arrive: () => void }[] = [];
  const arrive = () => {
    while (pieces[0] !== undefined && pieces[0].dueAt <= performance.now()) pieces.shift()?.arrive();
    if (pieces[0] !== undefined) setTimeout(arrive, Math.max(pieces[0].dueAt - performance.now(), 1));
  };
  const later = (what: () => void) => {
    pieces.push({ dueAt: Math.max(performance.now(), isOpenAt) + delayMs, arrive: what });
    if (pieces.length === 1) arrive();
  };
  let onTheWay = 0;
  from.on("data", (chunk) => {
    onTheWay += chunk.length;
    if (onTheWay > windowBytes) from.pause();
    later(() => {
      onTheWay -= chunk.length;
      if (from.isPaused() && onTheWay < windowBytes / 2) from.resume();
      if (!to.destroyed) to.write(chunk);
    });
  });
  from.once("end", () => later(() => to.end()));
  from.on("error", () => to.destroy());
  from.once("close", () => later(() => to.destroySoon()));
}
