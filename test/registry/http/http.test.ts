import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { HttpClient, type HttpSettings } from "../../../src/registry/http/http.ts";
import { HttpFault } from "../../../src/registry/http/http-fault.ts";
import type { HttpRequest } from "../../../src/registry/http/http-message.ts";
import { defaultRegistryOptions, type RegistryOptions } from "../../../src/registry/options.ts";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { startRegistry, type TestRegistry } from "../../helpers/registry.ts";

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  vi.stubEnv("HOME", temporaryDirectory());
  vi.stubEnv("SSL_CERT_FILE", undefined);
  return () => vi.unstubAllEnvs();
});

/** Answers every request; in: how often it was asked before. */
function answer(handler: (response: ServerResponse, before: number, request: IncomingMessage) => void): void {
  server.intercept = (request, response) => {
    handler(response, server.requests.length - 1, request);
    return true;
  };
}

interface Settings extends Partial<HttpSettings> {
  readonly options?: Partial<RegistryOptions>;
}

function ask(url: string, request: Partial<HttpRequest> = {}, { options, ...settings }: Settings = {}) {
  const client = new HttpClient({ ...defaultRegistryOptions, ...options }, { pauseMs: 1, ...settings });
  return client.request({ url: new URL(url), maxSizeBytes: 1000, ...request });
}

const here = (path = "/x") => `http://${server.host}${path}`;

async function faultOf(answer: Promise<unknown>): Promise<HttpFault> {
  const error: unknown = await answer.then(
    () => new Error("it was answered"),
    (reason: unknown) => reason,
  );
  if (error instanceof HttpFault) return error;
  throw error;
}

describe("a request is sent again", () => {
  it.each([429, 500, 502, 503])("after %i, until it is answered", async (status) => {
    answer((response, before) => void response.writeHead(before < 3 ? status : 200).end("ok"));
    expect((await ask(here())).bytes.toString()).toBe("ok");
    expect(server.requests).toHaveLength(4);
  });

  it("four times at most, and the last answer stands", async () => {
    answer((response) => void response.writeHead(503).end());
    expect((await ask(here())).status).toBe(503);
    expect(server.requests).toHaveLength(4);
  });

  it("after a connection that broke before or in the answer", async () => {
    answer((response, before) => {
      if (before === 0) response.destroy();
      else if (before === 1) {
        response.writeHead(200, { "content-length": 10 });
        response.write("half", () => response.destroy());
      } else response.end("whole");
    });
    expect((await ask(here())).bytes.toString()).toBe("whole");
  });

  it.each([400, 401, 403, 404, 410, 418])("not after %i", async (status) => {
    answer((response) => void response.writeHead(status).end());
    expect((await ask(here())).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  it("when Retry-After says so", async () => {
    answer(
      (response, before) => void response.writeHead(before === 0 ? 429 : 200, { "retry-after": "1" }).end(),
    );
    const start = performance.now();
    expect((await ask(here())).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(950);
  });

  it("not where Retry-After asks for more patience than there is", async () => {
    answer((response) => void response.writeHead(429, { "retry-after": "3600" }).end());
    expect((await ask(here())).status).toBe(429);
    expect(server.requests).toHaveLength(1);
  });

  it("not where nobody listens", async () => {
    const url = here();
    await server.close();
    expect(await faultOf(ask(url))).toMatchObject({
      kind: "unreachable",
      reason: "it refuses connections",
    });
  });
});

describe("a time limit ends", () => {
  it("an answer that does not begin", async () => {
    answer(() => undefined);
    const fault = await faultOf(ask(here(), {}, { idleMs: 50 }));
    expect(fault).toMatchObject({ kind: "timeout", reason: "no response within 0.05 s" });
    expect(server.requests).toHaveLength(1);
  });

  it("one that stops in the middle", async () => {
    answer((response) => void response.write("half"));
    expect(await faultOf(ask(here(), {}, { idleMs: 50 }))).toMatchObject({ kind: "timeout" });
  });

  it("one that comes drop by drop", async () => {
    answer((response) => {
      const drops = setInterval(() => response.write("."), 10);
      response.on("close", () => clearInterval(drops));
    });
    const fault = await faultOf(ask(here(), {}, { idleMs: 1000, totalMs: 100 }));
    expect(fault).toMatchObject({ kind: "timeout", reason: "no complete response within 0.1 s" });
  });
});

describe("a body that somebody takes", () => {
  const texts: string[] = [];
  const take = async (body: AsyncIterable<Uint8Array>) => {
    let text = "";
    try {
      for await (const piece of body) text += Buffer.from(piece).toString();
    } finally {
      texts.push(text);
    }
  };
  beforeEach(() => void texts.splice(0));

  it("comes as it is sent, once more for each try, and is not kept", async () => {
    answer((response, before) => {
      if (before === 1) {
        response.writeHead(200, { "content-length": 10 });
        response.write("half", () => response.destroy());
      } else response.writeHead(before === 0 ? 503 : 200).end("whole");
    });
    const { bytes } = await ask(here(), { receive: take });
    expect(texts).toEqual(["half", "whole"]);
    expect(bytes).toHaveLength(0);
  });

  it("is measured all the same", async () => {
    answer((response) => void response.end("x".repeat(1001)));
    expect((await faultOf(ask(here(), { receive: take }))).kind).toBe("too-large");
    answer((response) => void response.write("half"));
    expect((await faultOf(ask(here(), { receive: take }, { idleMs: 50 }))).kind).toBe("timeout");
  });

  it("that cannot be taken is not asked for again, and the error is the taker's", async () => {
    answer((response) => void response.end("whole"));
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC", syscall: "write" });
    const fault = ask(here(), {
      async receive(body) {
        for await (const _ of body) throw full;
      },
    });
    await expect(fault).rejects.toBe(full);
    expect(server.requests).toHaveLength(1);
  });

  it("may take longer than other answers", async () => {
    answer((response) => void setTimeout(() => response.end("slow"), 300));
    expect((await faultOf(ask(here(), { receive: take }, { totalMs: 100 }))).reason).toBe(
      "no complete response within 0.1 s",
    );
    await ask(here(), { receive: take, totalMs: 10_000 }, { totalMs: 100 });
    expect(texts).toEqual(["slow"]);
  });
});

describe("an answer that is too large", () => {
  it("is refused by what it says of itself", async () => {
    answer((response) => void response.writeHead(200, { "content-length": 1001 }).flushHeaders());
    expect(await faultOf(ask(here()))).toMatchObject({
      kind: "too-large",
      reason: "it is larger than 1000 bytes",
    });
  });

  it("is not read to its end where it says nothing", async () => {
    let sent = 0;
    const closed = new Promise<void>((resolve) => {
      answer((response) => {
        const send = () => {
          for (const chunk = Buffer.alloc(64 * 1024); sent < 50_000_000; sent += chunk.length) {
            if (!response.write(chunk)) return;
          }
          response.end();
        };
        response.on("drain", send);
        response.on("close", resolve);
        send();
      });
    });
    expect((await faultOf(ask(here()))).kind).toBe("too-large");
    await closed;
    expect(sent).toBeLessThan(10_000_000);
  });

  it("is measured unpacked", async () => {
    const packed = gzipSync(Buffer.alloc(1_000_000));
    expect(packed.length).toBeLessThan(1500);
    answer((response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(packed));
    expect(await faultOf(ask(here(), { maxSizeBytes: 2000 }))).toMatchObject({ kind: "too-large" });
  });

  it("is cut off where it is an error's text", async () => {
    answer((response) => void response.writeHead(404).end(Buffer.alloc(10_000_000)));
    const { status, bytes } = await ask(here());
    expect(status).toBe(404);
    expect(bytes.length).toBeLessThanOrEqual(64 * 1024);
  });
});

describe("a redirect", () => {
  it("is followed, and authorization stays with its server", async () => {
    const other = await startRegistry();
    const seen: (string | undefined)[] = [];
    const note = ({ headers }: IncomingMessage) => seen.push(headers.authorization);
    answer((response, _, request) => {
      note(request);
      const location = request.url === "/x" ? "/same" : `http://${other.host}/other`;
      response.writeHead(307, { location }).end();
    });
    other.intercept = (request, response) => {
      note(request);
      // Not even on the way back.
      const location = request.url === "/other" ? `http://${other.host}/back` : "";
      response.writeHead(location === "" ? 200 : 302, location === "" ? {} : { location }).end("blob");
      return true;
    };
    const { bytes } = await ask(here(), { headers: { authorization: "Bearer t0ken" } });
    expect(bytes.toString()).toBe("blob");
    expect(seen).toEqual(["Bearer t0ken", "Bearer t0ken", undefined, undefined]);
  });

  it("in a circle is said to be one, without the query, which may be a signature", async () => {
    answer((response, _, { url }) => {
      response.writeHead(302, { location: url === "/x" ? "/y?signature=s3cret" : "/x" }).end();
    });
    const { kind, reason } = await faultOf(ask(here()));
    expect({ kind, reason }).toEqual({
      kind: "redirect",
      reason: `it redirects in a circle, back to http://${server.host}/x`,
    });
  });

  it("is not followed for ever", async () => {
    answer((response, before) => void response.writeHead(302, { location: `/${before}?q=s3cret` }).end());
    const { kind, reason } = await faultOf(ask(here()));
    expect(kind).toBe("redirect");
    expect(reason).toContain("more than 10 times");
    expect(reason).not.toContain("s3cret");
    expect(server.requests).toHaveLength(11);
  });

  it.each([
    "file:///etc/passwd",
    "http://[",
    "http://name:password@localhost/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://metadata.google.internal/",
  ])("to %s is refused", async (location) => {
    answer((response) => void response.writeHead(302, { location }).end());
    expect((await faultOf(ask(here()))).kind).toBe("redirect");
  });

  it("from elsewhere to this machine is refused", async () => {
    const local = server.host;
    const elsewhere = await startRegistry();
    elsewhere.intercept = (_, response) =>
      Boolean(response.writeHead(302, { location: `http://${local}/x` }).end());
    const proxy = await startProxy(elsewhere.host);
    vi.stubEnv("HTTP_PROXY", proxy.url);
    const fault = await faultOf(ask("http://registry.example/x"));
    expect(fault).toMatchObject({
      kind: "redirect",
      reason: `it redirects to this machine itself, to http://${local}/x`,
    });
    expect(server.requests).toEqual([]);
  });

  it("of a form is not followed", async () => {
    answer((response) => void response.writeHead(307, { location: "/y" }).end());
    expect((await ask(here(), { form: { password: "x" } })).status).toBe(307);
    expect(server.requests).toHaveLength(1);
  });
});

describe("TLS", () => {
  const secure = async (certificate = makeCertificate({ names: "IP:127.0.0.1" })) => {
    server = await startRegistry(certificate);
    answer((response) => void response.end("ok"));
    return `https://${server.host}/x`;
  };

  it.each([
    ["it is self-signed", () => makeCertificate({ names: "IP:127.0.0.1" })],
    ["it was signed by an unknown CA", () => makeCertificate({ names: "IP:127.0.0.1", ca: makeAuthority() })],
  ])("is refused: %s", async (reason, certificate) => {
    expect(await faultOf(ask(await secure(certificate())))).toMatchObject({ kind: "certificate", reason });
    expect(server.requests).toEqual([]);
  });

  it.each([
    ["it has expired", { names: "IP:127.0.0.1", days: -1 }],
    ["it is for a different host name", { names: "DNS:registry.example" }],
  ])("is refused, though its CA is known: %s", async (reason, request) => {
    const ca = makeAuthority();
    const url = await secure(makeCertificate({ ...request, ca }));
    expect(await faultOf(ask(url, {}, { options: { ca: ca.cert } }))).toMatchObject({
      kind: "certificate",
      reason,
    });
  });

  it.each(["options", "SSL_CERT_FILE", "certs.d"])("is trusted with a CA of %s", async (place) => {
    const ca = makeAuthority();
    const url = await secure(makeCertificate({ names: "IP:127.0.0.1", ca }));
    if (place === "SSL_CERT_FILE") vi.stubEnv("SSL_CERT_FILE", ca.certFile);
    if (place === "certs.d") {
      const directory = join(process.env.HOME ?? "", ".docker", "certs.d", server.host);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "ca.crt"), ca.cert);
    }
    const settings = place === "options" ? { options: { ca: ca.cert } } : {};
    expect((await ask(url, {}, settings)).bytes.toString()).toBe("ok");
  });

  it("is not asked about where the registry may be insecure", async () => {
    const url = await secure();
    expect((await ask(url, {}, { options: { insecure: [server.host] } })).bytes.toString()).toBe("ok");
    expect((await faultOf(ask(url, {}, { options: { insecure: ["127.0.0.1:1"] } }))).kind).toBe(
      "certificate",
    );
  });

  it("is not left by a redirect", async () => {
    const plain = here();
    const url = await secure();
    answer((response) => void response.writeHead(302, { location: plain }).end());
    const fault = await faultOf(ask(url, {}, { options: { insecure: [server.host] } }));
    expect(fault.reason).toContain("from https to http");
  });
});

describe("a proxy", () => {
  it("is asked for a tunnel to a TLS server, with its login", async () => {
    const ca = makeAuthority();
    server = await startRegistry(makeCertificate({ names: "DNS:registry.example", ca }));
    answer((response) => void response.end("ok"));
    const proxy = await startProxy(server.host);
    vi.stubEnv("HTTPS_PROXY", proxy.url.replace("//", "//me:pw@"));
    const { bytes } = await ask("https://registry.example/x", {}, { options: { ca: ca.cert } });
    expect(bytes.toString()).toBe("ok");
    const authorization = `Basic ${Buffer.from("me:pw").toString("base64")}`;
    expect(proxy.asked).toEqual([{ line: "CONNECT registry.example:443", authorization }]);
  });

  it("is asked for the whole address of a plain server, and may be named without a scheme", async () => {
    answer((response) => void response.end("ok"));
    const proxy = await startProxy(server.host);
    vi.stubEnv("http_proxy", proxy.url.replace("http://", ""));
    expect((await ask("http://registry.example/x")).bytes.toString()).toBe("ok");
    expect(proxy.asked.map(({ line }) => line)).toEqual(["GET http://registry.example/x"]);
  });

  it.each([
    [407, { kind: "proxy" }],
    [503, { kind: "unreachable", reason: "the proxy cannot reach it (HTTP 503)" }],
  ])("that answers %i is what is to blame", async (status, fault) => {
    const proxy = await startProxy(server.host);
    proxy.refuseWith = status;
    vi.stubEnv("HTTPS_PROXY", proxy.url);
    expect(await faultOf(ask("https://registry.example/x"))).toMatchObject(fault);
  });

  it.each([
    ["this machine", {}, "127.0.0.1"],
    ["a network of NO_PROXY", { NO_PROXY: "registry.example,127.0.0.0/8" }, "127.0.0.1"],
  ])("is not asked for %s", async (_, env, hostname) => {
    answer((response) => void response.end("ok"));
    const proxy = await startProxy(server.host);
    for (const [name, value] of Object.entries({ HTTP_PROXY: proxy.url, ...env })) vi.stubEnv(name, value);
    await ask(here().replace("127.0.0.1", hostname));
    expect(proxy.asked).toEqual([]);
  });

  // Nobody has these names, and nobody lives in 192.0.2.0/24 (RFC 5737): what is not sent to the proxy fails.
  it.each([
    ["a.example.invalid", "example.invalid", false],
    ["a.example.invalid", ".example.invalid", false],
    ["a.example.invalid", "*.example.invalid", false],
    ["a.example.invalid", "*", false],
    ["a.example.invalid", "example.invalid:80", false],
    ["a.example.invalid", "example.invalid:8080", true],
    ["b.example.invalid", "a.example.invalid", true],
    ["192.0.2.7", "192.0.3.0/24", true],
    ["192.0.2.7", "rubbish/99,/,x/y", true],
  ])("for %s with NO_PROXY=%s: %s", async (host, noProxy, asked) => {
    answer((response) => void response.end("ok"));
    const proxy = await startProxy(server.host);
    vi.stubEnv("HTTP_PROXY", proxy.url);
    vi.stubEnv("NO_PROXY", noProxy);
    const result = await ask(`http://${host}/x`, {}, { attempts: 1, idleMs: 2000 }).catch(() => undefined);
    expect(result !== undefined).toBe(asked);
    expect(proxy.asked.length > 0).toBe(asked);
  });

  it("for http is none for https", async () => {
    const proxy = await startProxy(server.host);
    vi.stubEnv("HTTP_PROXY", proxy.url);
    await faultOf(ask("https://a.example.invalid/x", {}, { attempts: 1 }));
    expect(proxy.asked).toEqual([]);
  });
});
