import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { downloadModule } from "../../../src/cli/modules/download.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { oddTar } from "../../helpers/archives.ts";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { startRegistry } from "../../helpers/registry.ts";
import { smallDisk } from "../../helpers/small-disk.ts";
import { itStarting } from "../../helpers/starting.ts";
import { startWebServer } from "../../helpers/web-server.ts";

const toml = 'api = "0.10"\n[buildpack]\nid = "acme/tool"\nversion = "1"\n';
const archive = gzipSync(oddTar({ name: "buildpack.toml", content: toml }));
const digest = `sha256:${createHash("sha256").update(archive).digest("hex")}`;

beforeEach(() => {
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  return () => vi.unstubAllEnvs();
});

async function download(url: string, { limitBytes, ca }: { limitBytes?: number; ca?: string } = {}) {
  const warnings: Diagnostic[] = [];
  const options = { ...defaultRegistryOptions, ...(ca === undefined ? {} : { ca }) };
  const found = await downloadModule(url, {
    http: new HttpClient(options, { pauseMs: 1 }),
    report: (warning) => warnings.push(warning),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
  return { found, warnings };
}

/** A server with TLS. Out: its host, and the CA that signed its certificate. */
async function startSecureServer(listener: RequestListener, names = "IP:127.0.0.1") {
  const ca = makeAuthority();
  const server = await startRegistry(makeCertificate({ names, ca }));
  server.intercept = (request, response) => {
    void listener(request, response as Parameters<RequestListener>[1]);
    return true;
  };
  return { host: server.host, ca: ca.cert };
}

async function fault(listener: RequestListener, limitBytes?: number) {
  const url = `${await startWebServer(listener)}/tool.tgz?token=s3cret`;
  const { temporary, faults } = await faultsOfAsync(
    download(url, limitBytes === undefined ? {} : { limitBytes }),
  );
  expect(JSON.stringify(faults)).not.toContain("s3cret");
  return [temporary, faults[0]?.code, faults[0]?.message.replace(/http:\/\/127\.0\.0\.1:\d+/g, "HOST")];
}

const send =
  (status: number, headers: Record<string, string> = {}) =>
  (_: unknown, response: ServerResponse) =>
    response.writeHead(status, headers).end(status === 200 ? archive : "no");

describe("a download", () => {
  it("gives what the archive holds, and the digest of its bytes", async () => {
    const { found, warnings } = await download(`${await startWebServer(send(200))}/tool.tgz`);
    expect(found).toEqual({ digest, module: { kind: "buildpack", buildpackToml: toml } });
    expect(warnings).toEqual([]);
  });

  it("has programs that Linux can start", async () => {
    const program = { name: "bin/detect", content: "#!/bin/sh\r\n" };
    const bytes = gzipSync(oddTar({ name: "buildpack.toml", content: toml }, program));
    expect(await fault((_, response) => response.end(bytes))).toEqual([
      false,
      "modules/windows-line-ends-inside",
      expect.stringContaining("The first line of bin/detect in HOST/tool.tgz ends in a carriage return"),
    ]);
  });

  it("goes where it is sent", async () => {
    const url = await startWebServer(({ url: path }, response) => {
      if (path === "/a") response.writeHead(302, { location: "/b" }).end();
      else response.end(archive);
    });
    expect((await download(`${url}/a`)).found?.digest).toBe(digest);
  });

  it("asks for the bytes as they are stored", async () => {
    const asked: unknown[] = [];
    const url = await startWebServer(({ headers }, response) => {
      asked.push(headers["accept-encoding"]);
      response.end(archive);
    });
    await download(url);
    expect(asked).toEqual(["identity"]);
  });

  it.each([404, 410])("finds nothing (HTTP %i)", async (status) => {
    expect((await download(await startWebServer(send(status)))).found).toBeUndefined();
  });

  it("leaves nothing behind, and says where there is no room", async () => {
    const names = () => readdirSync(tmpdir()).filter((name) => /^cnb-dockerfile-[A-Za-z0-9]{6}$/.test(name));
    const before = names();
    const url = await startWebServer(send(200));
    await download(url);
    expect(names()).toEqual(before);
    const missing = join(temporaryDirectory(), "missing");
    vi.stubEnv("TMPDIR", missing);
    const { faults } = await faultsOfAsync(download(url));
    expect(faults).toMatchObject([
      {
        code: "private/no-temporary-directory",
        message: `Temporary files cannot be written to ${missing}: no such file or directory.`,
      },
    ]);
  });

  itStarting("says that no space is left", async () => {
    const disk = await smallDisk("size=4k");
    writeFileSync(join(disk, "full"), Buffer.alloc(4096));
    vi.stubEnv("TMPDIR", disk);
    const { faults } = await faultsOfAsync(download(await startWebServer(send(200))));
    expect(faults).toMatchObject([
      { code: "modules/no-room", message: expect.stringContaining("no space left on device") },
    ]);
    expect(readdirSync(disk)).toEqual(["full"]);
  });

  it("warns where others can change it on its way", async () => {
    const server = await startWebServer(send(200));
    vi.stubEnv("HTTP_PROXY", (await startProxy(new URL(server).host)).url);
    const { warnings } = await download("http://packages.example/tool.tgz?token=s3cret");
    expect(warnings).toMatchObject([
      { code: "modules/plain-http", location: { file: "http://packages.example/tool.tgz" } },
    ]);
    expect(JSON.stringify(warnings)).not.toContain("s3cret");
  });

  it("is tried again, from its beginning", async () => {
    let before = 0;
    const url = await startWebServer((_, response) => {
      before++;
      if (before === 1) response.writeHead(503).end();
      else if (before === 2) {
        response.writeHead(200, { "content-length": "100000" });
        response.write(Buffer.concat([archive, archive]), () => response.destroy());
      } else response.end(archive);
    });
    expect((await download(url)).found).toEqual({
      digest,
      module: { kind: "buildpack", buildpackToml: toml },
    });
    expect(before).toBe(3);
  });

  it("comes through the proxy, from a server whose CA is known", async () => {
    const { host, ca } = await startSecureServer(send(200), "DNS:packages.example");
    const proxy = await startProxy(host);
    vi.stubEnv("HTTPS_PROXY", proxy.url);
    const { found, warnings } = await download("https://packages.example/tool.tgz", { ca });
    expect(found?.digest).toBe(digest);
    expect(warnings).toEqual([]);
    expect(proxy.asked.map(({ line }) => line)).toEqual(["CONNECT packages.example:443"]);
  });

  it("of something else says what it is", async () => {
    const url = await startWebServer((_, response) => response.end("<html>"));
    expect((await download(url)).found?.module).toMatchObject({
      kind: "unusable",
      reason: expect.stringContaining("it is not a tar archive"),
    });
  });
});

describe("a download fails", () => {
  it.each<[string, RequestListener, unknown[]]>([
    ["refused", send(401), [false, "modules/refused", "Access to HOST/tool.tgz was denied (HTTP 401)."]],
    ["forbidden", send(403), [false, "modules/refused", "Access to HOST/tool.tgz was denied (HTTP 403)."]],
    ["asked too often", send(429), [true, "modules/unavailable", "Cannot read HOST/tool.tgz: HTTP 429."]],
    ["broken", send(503), [true, "modules/unavailable", "Cannot read HOST/tool.tgz: HTTP 503."]],
    [
      "a teapot",
      send(418),
      [false, "modules/bad-answer", "HOST/tool.tgz returned an invalid response: HTTP 418."],
    ],
    [
      "encoded in a way that programs read differently",
      send(200, { "content-encoding": "x-gzip" }),
      [
        false,
        "modules/bad-answer",
        "HOST/tool.tgz returned an invalid response: its content is encoded as x-gzip.",
      ],
    ],
    [
      "cut off",
      (_, response) => {
        response.writeHead(200, { "content-length": "100000" });
        response.write(archive, () => response.destroy());
      },
      [true, "modules/unavailable", "Cannot read HOST/tool.tgz: it closed the connection."],
    ],
    [
      "closed at once",
      (request) => request.socket.destroy(),
      [true, "modules/unavailable", "Cannot read HOST/tool.tgz: it closed the connection."],
    ],
    [
      "sent in a circle",
      (request, response) => response.writeHead(302, { location: request.url }).end(),
      [
        false,
        "modules/bad-answer",
        "HOST/tool.tgz returned an invalid response: it redirects in a circle, back to HOST/tool.tgz.",
      ],
    ],
  ])("%s", async (_, listener, expected) => {
    expect(await fault(listener)).toEqual(expected);
  });

  it.each([true, false])("too large (announced: %s)", async (announced) => {
    const listener: RequestListener = (_, response) => {
      if (announced) response.writeHead(200, { "content-length": "2000" });
      response.end(Buffer.alloc(2000));
    };
    expect(await fault(listener, 1999)).toEqual([
      ...[false, "modules/bad-answer"],
      "HOST/tool.tgz returned an invalid response: it is larger than 1999 bytes.",
    ]);
  });

  it("where a safe address leads to one that is not", async () => {
    const plain = await startWebServer(send(200));
    const { host, ca } = await startSecureServer((_, response) =>
      response.writeHead(302, { location: `${plain}/tool.tgz` }).end(),
    );
    const { temporary, faults } = await faultsOfAsync(download(`https://${host}/tool.tgz`, { ca }));
    expect(temporary).toBe(false);
    expect(faults).toMatchObject([
      {
        code: "modules/bad-answer",
        message: expect.stringContaining(`it redirects from https to http, to ${plain}/tool.tgz`),
      },
    ]);
  });

  it("where the server's CA is not known, and says how to make it known", async () => {
    const { host } = await startSecureServer(send(200));
    const { temporary, faults } = await faultsOfAsync(download(`https://${host}/tool.tgz?token=s3cret`));
    expect(temporary).toBe(false);
    expect(faults).toMatchObject([
      {
        code: "registry/certificate",
        location: { file: `https://${host}/tool.tgz` },
        message: `The TLS certificate of ${host} is not trusted, so https://${host}/tool.tgz was not requested: it was signed by an unknown CA.`,
        hint: expect.stringContaining("--registry-ca FILE"),
      },
    ]);
  });

  it("where the proxy wants a login", async () => {
    const proxy = await startProxy("127.0.0.1:1");
    proxy.refuseWith = 407;
    vi.stubEnv("HTTPS_PROXY", proxy.url);
    const { temporary, faults } = await faultsOfAsync(download("https://packages.example/tool.tgz"));
    expect([temporary, faults[0]?.code]).toEqual([false, "registry/proxy-denied"]);
  });

  it("where nobody listens", async () => {
    const { temporary, faults } = await faultsOfAsync(download("http://127.0.0.1:1/x"));
    expect([temporary, faults[0]?.code]).toEqual([true, "modules/unavailable"]);
  });

  it.each([
    ["ftp://example.com/x", "it is neither http nor https"],
    ["https://", "it is not a URL"],
    ["https://user:s3cret@example.com/x", "it contains a user name or a password"],
  ])("at %s", async (url, reason) => {
    const { faults } = await faultsOfAsync(download(url));
    expect(faults).toMatchObject([{ code: "modules/bad-url", message: expect.stringContaining(reason) }]);
    expect(JSON.stringify(faults)).not.toContain("s3cret");
  });
});

it.each([
  "http://169.254.169.254/latest/meta-data/iam/",
  "http://0xa9fea9fe/latest",
  "https://metadata.google.internal/computeMetadata/v1/",
  "http://[fe80::1]/x",
])("nothing is asked of %s, which gives a cloud machine's tokens", async (url) => {
  const { faults } = await faultsOfAsync(download(url));
  expect(faults[0]).toMatchObject({ code: "modules/bad-url" });
  expect(faults[0]?.message).toContain("only the build machine can reach that address");
});
