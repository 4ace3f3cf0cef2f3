import { type AddressInfo, connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { startDelayingProxy } from "./scenarios/delaying-proxy.ts";

it("answers late, with all bytes in their order", async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  const { port } = echo.address() as AddressInfo;
  const proxy = await startDelayingProxy(() => connect(port, "127.0.0.1"), 20);
  try {
    const start = performance.now();
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    const client = connect(Number(proxy.host.split(":")[1]), "127.0.0.1");
    client.end(sent);
    const parts: Buffer[] = [];
    for await (const part of client) parts.push(part);
    expect(Buffer.concat(parts).equals(sent)).toBe(true);
    // The handshake and the way there and back.
    expect(performance.now() - start).toBeGreaterThanOrEqual(80 - 1);
  } finally {
    await proxy.close();
    echo.close();
  }
});
