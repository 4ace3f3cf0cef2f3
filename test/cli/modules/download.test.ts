import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { downloadModule } from "../../../src/cli/modules/download.ts";
import type { Diagnostic } from "../../../src/index.ts";
import { oddTar } from "../../helpers/archives.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { startWebServer } from "../../helpers/web-server.ts";

const toml = 'api = "0.10"\n[buildpack]\nid = "acme/tool"\nversion = "1"\n';
const archive = gzipSync(oddTar({ name: "buildpack.toml", content: toml }));
const digest = `sha256:${createHash("sha256").update(archive).digest("hex")}`;

afterEach(() => vi.unstubAllEnvs());

async function download(url: string, more: { limitBytes?: number; fetch?: typeof fetch } = {}) {
  const warnings: Diagnostic[] = [];
  const found = await downloadModule(url, { fetch, report: (warning) => warnings.push(warning), ...more });
  return { found, warnings };
}

async function fault(listener: RequestListener, limitBytes?: number) {
  const url = `${await startWebServer(listener)}/tool.tgz?token=s3cret`;
  const { temporary, faults } = await faultsOfAsync(
    download(url, limitBytes === undefined ? {} : { limitBytes }),
  );
  expect(JSON.stringify(faults)).not.toContain("s3cret");
  return [temporary, faults[0]?.code, faults[0]?.message.replace(/http:\/\/127\.0\.0\.1:\d+/, "HOST")];
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
    vi.stubEnv("TMPDIR", "/nowhere");
    const { faults } = await faultsOfAsync(download(url));
    expect(faults).toMatchObject([
      {
        code: "modules/no-room",
        message: "A download cannot be put into /nowhere: there is no such file or directory.",
      },
    ]);
  });

  it("warns where others can change it on its way", async () => {
    const { warnings } = await download("http://example.com/tool.tgz?token=s3cret", {
      fetch: async () => new Response(archive),
    });
    expect(warnings).toMatchObject([
      { code: "modules/plain-http", location: { file: "http://example.com/tool.tgz" } },
    ]);
    expect(JSON.stringify(warnings)).not.toContain("s3cret");
  });

  it("warns where a safe address leads to one that is not", async () => {
    const answer = new Response(archive);
    Object.defineProperty(answer, "url", { value: "http://cdn.example.com/tool.tgz" });
    const { warnings } = await download("https://example.com/tool.tgz", { fetch: async () => answer });
    expect(warnings.map(({ message }) => message)).toEqual([
      "http://cdn.example.com/tool.tgz is read over plain HTTP: whoever is between can change the buildpack.",
    ]);
  });

  it("of something else says what it is", async () => {
    const url = await startWebServer((_, response) => response.end("<html>"));
    expect((await download(url)).found?.module).toMatchObject({
      kind: "unusable",
      reason: expect.stringContaining("it is no tar archive"),
    });
  });
});

describe("a download fails", () => {
  it.each<[string, RequestListener, unknown[]]>([
    ["refused", send(401), [false, "modules/refused", "HOST/tool.tgz is refused (HTTP 401)."]],
    ["forbidden", send(403), [false, "modules/refused", "HOST/tool.tgz is refused (HTTP 403)."]],
    [
      "asked too often",
      send(429),
      [true, "modules/unavailable", "HOST/tool.tgz could not be read: HTTP 429."],
    ],
    ["broken", send(503), [true, "modules/unavailable", "HOST/tool.tgz could not be read: HTTP 503."]],
    [
      "a teapot",
      send(418),
      [false, "modules/bad-answer", "HOST/tool.tgz gave an answer that cannot be used: HTTP 418."],
    ],
    [
      "encoded in a way that programs read differently",
      send(200, { "content-encoding": "x-gzip" }),
      [
        false,
        "modules/bad-answer",
        "HOST/tool.tgz gave an answer that cannot be used: its content is encoded as x-gzip.",
      ],
    ],
    [
      "cut off",
      (_, response) => {
        response.writeHead(200, { "content-length": "100000" });
        response.write(archive, () => response.destroy());
      },
      [true, "modules/unavailable", "HOST/tool.tgz could not be read: other side closed."],
    ],
    [
      "closed at once",
      (request) => request.socket.destroy(),
      [true, "modules/unavailable", "HOST/tool.tgz could not be read: other side closed."],
    ],
    [
      "sent in a circle",
      (request, response) => response.writeHead(302, { location: request.url }).end(),
      [true, "modules/unavailable", "HOST/tool.tgz could not be read: redirect count exceeded."],
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
      "HOST/tool.tgz gave an answer that cannot be used: it is larger than 1999 bytes.",
    ]);
  });

  it("where nobody listens", async () => {
    const { temporary, faults } = await faultsOfAsync(download("http://127.0.0.1:1/x"));
    expect([temporary, faults[0]?.code]).toEqual([true, "modules/unavailable"]);
  });

  it.each([
    ["ftp://example.com/x", "it is neither http nor https"],
    ["https://", "it is no address"],
    ["https://user:s3cret@example.com/x", "it has a user name or a password in it"],
  ])("at %s", async (url, reason) => {
    const { faults } = await faultsOfAsync(download(url));
    expect(faults).toMatchObject([{ code: "modules/bad-url", message: expect.stringContaining(reason) }]);
    expect(JSON.stringify(faults)).not.toContain("s3cret");
  });
});
