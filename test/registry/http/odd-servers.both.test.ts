import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { execa } from "execa";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { HttpClient, type HttpSettings } from "../../../src/registry/http/http.ts";
import { HttpFault } from "../../../src/registry/http/http-fault.ts";
import type { HttpRequest } from "../../../src/registry/http/http-message.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { makeCertificate } from "../../helpers/certificates.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { startRawServer } from "../../helpers/raw-server.ts";
import { startRegistry } from "../../helpers/registry.ts";
import { itStarting } from "../../helpers/starting.ts";

beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  return () => vi.unstubAllEnvs();
});

function ask(url: string, request: Partial<HttpRequest> = {}, settings: Partial<HttpSettings> = {}) {
  const client = new HttpClient(defaultRegistryOptions, { pauseMs: 1, attempts: 2, ...settings });
  return client.request({ url: new URL(url), maxSizeBytes: 1000, ...request });
}

async function faultOf(answer: Promise<unknown>): Promise<HttpFault> {
  const error: unknown = await answer.then(
    () => new Error("it was answered"),
    (reason: unknown) => reason,
  );
  if (error instanceof HttpFault) return error;
  throw error;
}

/** Asks in a process of its own. Out: the fault, and how far the process has grown at most since before. */
async function askAlone(url: string, maxSizeBytes: number) {
  const moduleOf = (name: string) => JSON.stringify(join(import.meta.dirname, "../../../src/registry", name));
  const text = `
    import { HttpClient } from ${moduleOf("http/http.ts")};
    import { defaultRegistryOptions } from ${moduleOf("options.ts")};
    const client = new HttpClient(defaultRegistryOptions, { pauseMs: 1, attempts: 2 });
    const before = process.memoryUsage.rss();
    const fault = await client.request({ url: new URL("${url}"), maxSizeBytes: ${maxSizeBytes} }).catch((error) => error);
    const grownBytes = process.resourceUsage().maxRSS * 1024 - before;
    console.log(JSON.stringify({ kind: fault.kind, reason: fault.reason, grownBytes }));`;
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", text]);
  return JSON.parse(stdout) as {
    readonly kind: string;
    readonly reason: string;
    readonly grownBytes: number;
  };
}

const large = Buffer.alloc(4 * 1024 * 1024, "a");

// The fetch of Node 24.19 and of undici 7 ends the whole process here (nodejs/undici#5360).
describe("a server that closes its connection while the body is read slowly", () => {
  const heads = {
    "HTTP/1.0 with a length": `HTTP/1.0 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`,
    "HTTP/1.0 without a length": "HTTP/1.0 200 OK\r\n\r\n",
    "Connection: close with a length": `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${large.length}\r\n\r\n`,
    "Connection: close without a length": "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
  };
  const readSlowly = async (url: string) => {
    let sizeBytes = 0;
    await ask(url, {
      maxSizeBytes: Number.POSITIVE_INFINITY,
      receive: async (body) => {
        for await (const piece of body) {
          sizeBytes += piece.length;
          await pause(1);
        }
      },
    });
    return sizeBytes;
  };

  it.each(Object.entries(heads))("%s: has its whole body taken, each of 10 times", async (_, head) => {
    const host = await startRawServer((socket) => socket.end(Buffer.concat([Buffer.from(head), large])));
    for (let time = 0; time < 10; time += 1) {
      expect(await readSlowly(`http://${host}/x`)).toBe(large.length);
    }
  });

  it("has its whole body taken through a proxy", async () => {
    const host = await startRawServer((socket) => {
      socket.end(Buffer.concat([Buffer.from(heads["Connection: close with a length"]), large]));
    });
    const proxy = await startProxy(host);
    vi.stubEnv("HTTP_PROXY", proxy.url);
    for (let time = 0; time < 5; time += 1) {
      expect(await readSlowly("http://registry.example/x")).toBe(large.length);
    }
  });
});

describe("an answer that breaks a rule", () => {
  const answerOf = async (...pieces: (string | Buffer)[]) => {
    const host = await startRawServer((socket) => {
      socket.end(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
    });
    return `http://${host}/x`;
  };

  it.each(["br", "deflate", "zstd", "x-gzip", "gzip, gzip", "aws-chunked"])(
    "is not unpacked where it is encoded as %s",
    async (encoding) => {
      const url = await answerOf(
        `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\n\r\n`,
        gzipSync("text"),
      );
      expect(await faultOf(ask(url))).toMatchObject({
        kind: "unusable",
        reason: `its content is encoded as ${encoding}`,
      });
    },
  );

  it("is asked for without any encoding", async () => {
    let asked = "";
    const host = await startRawServer((socket, head) => {
      asked = head;
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    await ask(`http://${host}/x`);
    expect(asked.toLowerCase()).toContain("accept-encoding: identity");
  });

  itStarting("is unpacked no further than its limit, however much it holds", async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024));
    const url = await answerOf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", bomb);
    const { kind, reason, grownBytes } = await askAlone(url, 8 * 1024 * 1024);
    expect({ kind, reason }).toEqual({ kind: "too-large", reason: "it is larger than 8 MiB" });
    expect(grownBytes).toBeLessThan(150 * 1024 * 1024);
  });

  it("is no answer where its gzip is damaged", async () => {
    const url = await answerOf("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "no gzip");
    expect(await faultOf(ask(url))).toMatchObject({ kind: "unusable", reason: "it sends damaged gzip" });
  });

  it("is no answer where it is shorter than it says", async () => {
    const url = await answerOf("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "short");
    expect(await faultOf(ask(url))).toMatchObject({ kind: "unreachable", mayPass: true });
  });

  it("ends where it says, whatever comes after", async () => {
    const url = await answerOf(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      "wholeHTTP/1.1 200 OK\r\n\r\nmore",
    );
    expect((await ask(url)).bytes.toString()).toBe("whole");
  });

  it("is no answer where it has two lengths", async () => {
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await faultOf(ask(await answerOf(head, "0\r\n\r\n")))).toMatchObject({ kind: "unusable" });
  });

  it("has its trailers passed over", async () => {
    const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Location\r\n\r\n";
    const url = await answerOf(
      head,
      "5\r\nwhole\r\n0\r\nLocation: http://127.0.0.1:1/\r\nContent-Encoding: br\r\n\r\n",
    );
    expect((await ask(url)).bytes.toString()).toBe("whole");
  });

  it("is no answer where its headers do not end", async () => {
    const url = await answerOf("HTTP/1.1 200 OK\r\n", `X-A: ${"a".repeat(1000)}\r\n`.repeat(1000), "\r\n");
    expect(await faultOf(ask(url))).toMatchObject({
      kind: "too-large",
      reason: "its headers are larger than 16 KiB",
    });
  });

  it("is no answer where it changes the protocol", async () => {
    const url = await answerOf(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
    );
    expect((await faultOf(ask(url))).kind).toBe("unusable");
  });

  it("may come after any number of beginnings, and ends with its time", async () => {
    const url = await answerOf(
      "HTTP/1.1 100 Continue\r\n\r\n".repeat(50),
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    expect((await ask(url)).bytes.toString()).toBe("ok");
    const endless = await startRawServer((socket) => {
      const again = setInterval(() => socket.write("HTTP/1.1 100 Continue\r\n\r\n"), 5);
      socket.on("close", () => clearInterval(again));
    });
    expect(await faultOf(ask(`http://${endless}/x`, {}, { totalMs: 200 }))).toMatchObject({
      kind: "timeout",
    });
  });
});

describe("a proxy that is none", () => {
  it.each(["socks5://127.0.0.1:1080", "http://na me:pass@[", "ftp://user:s3cret@127.0.0.1"])(
    "is told without its value: %s",
    async (value) => {
      vi.stubEnv("HTTPS_PROXY", value);
      const fault = ask("https://registry.example/x");
      await expect(fault).rejects.toThrow("registry/bad-proxy: HTTPS_PROXY is not the URL of an HTTP proxy.");
      await expect(fault).rejects.not.toThrow(value);
    },
  );

  it("has its certificate checked where it speaks TLS", async () => {
    const proxy = await startRegistry(makeCertificate({ names: "IP:127.0.0.1" }));
    vi.stubEnv("HTTPS_PROXY", `https://${proxy.host}`);
    expect(await faultOf(ask("https://registry.example/x"))).toMatchObject({
      kind: "certificate",
      reason: "it is self-signed",
    });
    expect(proxy.requests).toEqual([]);
  });
});
