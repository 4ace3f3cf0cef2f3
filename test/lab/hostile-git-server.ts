import { createHash } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { pipeline, Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { createDeflate, deflateSync } from "node:zlib";

/** Answers git's own protocol (version 0) on this machine's loopback, up to where a pack should come. */
export interface HostileGitServer {
  /** `git://127.0.0.1:PORT/x`. */
  readonly url: string;
  close(): Promise<void>;
}

/** What comes in place of a pack. Gets what sends a packet, which waits for its reader. */
export type Behaviour = (
  send: (band: 1 | 2, data: Uint8Array) => Promise<void>,
  socket: Socket,
) => Promise<void>;

const commit = "1".repeat(40);

/** Source: gitprotocol-common(5), "pkt-line Format". */
const packet = (data: string | Uint8Array) => {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
};

export async function serveHostileGit(behaviour: Behaviour): Promise<HostileGitServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    let asked = "";
    let isAnswered = false;
    socket.write(packet(`${commit} HEAD\0side-band-64k ofs-delta symref=HEAD:refs/heads/main\n`));
    socket.write(Buffer.concat([packet(`${commit} refs/heads/main\n`), Buffer.from("0000")]));
    socket.on("data", (piece) => {
      asked += piece.toString("latin1");
      if (isAnswered || !asked.includes("done\n")) return;
      isAnswered = true;
      socket.write(packet("NAK\n"));
      const send = async (band: 1 | 2, data: Uint8Array) => {
        if (socket.destroyed) throw new Error("it has gone");
        const isTaken = socket.write(packet(Buffer.concat([Buffer.from([band]), data])));
        if (!isTaken) await drained(socket);
      };
      behaviour(send, socket).catch(() => undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `git://127.0.0.1:${(server.address() as AddressInfo).port}/x`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const event of ["drain", "close"]) socket.off(event, end);
      resolve();
    };
    for (const event of ["drain", "close"]) socket.on(event, end);
  });
}

/** Says nothing any more. */
export const stall: Behaviour = async () => {};

/** Says a word now and then, for ever. */
export const drip: Behaviour = async (send) => {
  for (;;) {
    await send(2, Buffer.from(".\n"));
    await pause(20);
  }
};

/** Talks for ever. */
export const talk: Behaviour = async (send) => {
  for (;;) await send(2, Buffer.alloc(60_000, `${"a-".repeat(499)}\n`));
};

/** Source: gitformat-pack(5), "pack-*.pack files have the following format". */
function packHeader(objects: number): Buffer {
  const header = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
  header.writeUInt32BE(objects, 8);
  return header;
}

function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size % 16)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest % 128);
  }
  return Buffer.from(bytes);
}

/** Sends a pack with a file that never ends. */
export const endlessPack: Behaviour = async (send) => {
  await send(1, Buffer.concat([packHeader(1), entryHeader(3, 2 ** 45)]));
  const endless = Readable.from(repeat(Buffer.alloc(60_000, "x")));
  const packed = pipeline(endless, createDeflate({ level: 0 }), () => {});
  for await (const piece of packed) {
    for (let at = 0; at < piece.length; at += 60_000) await send(1, piece.subarray(at, at + 60_000));
  }
};

function* repeat(piece: Uint8Array): Generator<Uint8Array> {
  for (;;) yield piece;
}

const sizeNumber = (size: number) => {
  const bytes = [size % 128];
  for (let rest = Math.floor(size / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest % 128);
  }
  return Buffer.from(bytes);
};

/** Sends a whole pack of some kilobytes with an object that says that it becomes 3 GiB. */
export const deltaBomb: Behaviour = async (send, socket) => {
  const base = Buffer.alloc(0xffffff, "x");
  const first = Buffer.concat([entryHeader(3, base.length), deflateSync(base)]);
  const copies = 3 * 64;
  const copy = Buffer.from([0xf0, 0xff, 0xff, 0xff]);
  const delta = Buffer.concat([
    sizeNumber(base.length),
    sizeNumber(base.length * copies),
    ...Array.from({ length: copies }, () => copy),
  ]);
  const offset = [first.length % 128];
  for (let rest = Math.floor(first.length / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    offset.unshift(0x80 | (rest % 128));
  }
  const second = Buffer.concat([entryHeader(6, delta.length), Buffer.from(offset), deflateSync(delta)]);
  const pack = Buffer.concat([packHeader(2), first, second]);
  const whole = Buffer.concat([pack, createHash("sha1").update(pack).digest()]);
  for (let at = 0; at < whole.length; at += 60_000) await send(1, whole.subarray(at, at + 60_000));
  socket.write("0000");
};
