import type { IncomingMessage, ServerResponse } from "node:http";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError, type Diagnostic, TemporaryError } from "../../../src/diagnostics/diagnostic.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { RepositoryClient } from "../../../src/registry/client.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { RepositoryWriter } from "../../../src/registry/store/writer.ts";
import { digestOf } from "../../helpers/app-images.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { startRegistry, type TestRegistry } from "../../helpers/registry.ts";

let registry: TestRegistry;
let elsewhere: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  elsewhere = await startRegistry();
  vi.stubEnv("HOME", temporaryDirectory());
  vi.stubEnv("DOCKER_CONFIG", temporaryDirectory());
  return () => vi.unstubAllEnvs();
});

const content = "a layer ".repeat(50_000);
const blob = { digest: digestOf(content), sizeBytes: content.length };
const reported: Diagnostic[] = [];

function open({ mirrors = new Map<string, string>() } = {}) {
  const http = new HttpClient(defaultRegistryOptions, { pauseMs: 1 });
  const access = { http, mirrors, report: (diagnostic: Diagnostic) => reported.push(diagnostic) };
  const at = (host: string, repository: string) => {
    const reference = parseReference(`${host}/${repository}:1`);
    if (reference === undefined) throw new Error(repository);
    return reference;
  };
  const originAt = (host: string) => {
    const reference = at(host, "acme/run");
    return { reference, client: new RepositoryClient(reference, access) };
  };
  return { http, writer: new RepositoryWriter(at(registry.host, "acme/app"), access), originAt };
}

const written = (digest = blob.digest) => registry.contentOf("acme/app", "blobs", digest)?.toString();

/** Answers the first requests that fit in another way. */
function disturb(
  server: TestRegistry,
  line: RegExp,
  times: number,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): void {
  let left = times;
  server.intercept = (request, response) => {
    if (left === 0 || !line.test(server.lines.at(-1) ?? "")) return false;
    left--;
    answer(response, request);
    return true;
  };
}

const fault = (action: Promise<unknown>): Promise<unknown> =>
  action.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a blob of the same registry", () => {
  it("is taken over without its content", async () => {
    const { writer, originAt, http } = open();
    registry.put("acme/run", "blobs", content);
    expect(await writer.hasBlob(blob.digest)).toBe(false);
    expect(await writer.bringBlob(blob, originAt(registry.host))).toBe("mounted");
    expect(await writer.hasBlob(blob.digest)).toBe(true);
    expect(written()).toBe(content);
    expect(http.traffic.sentBytes).toBe(0);
    expect(http.traffic.receivedBytes).toBeLessThan(100);
  });

  it.each([202, 404, 405, 403])("goes through here where the registry answers %i to that", async (status) => {
    const { writer, originAt } = open();
    registry.put("acme/run", "blobs", content);
    const location = "/v2/acme/app/blobs/uploads/2?state=b";
    disturb(registry, /^POST .*mount=/, 1, (response) => void response.writeHead(status, { location }).end());
    expect(await writer.bringBlob(blob, originAt(registry.host))).toBe("sent");
    expect(written()).toBe(content);
    const begun = registry.lines.filter((line) => line.startsWith("POST "));
    expect(begun).toHaveLength(status === 202 ? 1 : 2);
  });
});

describe("a blob of another registry", () => {
  it("goes through here, piece by piece, with its size", async () => {
    const { writer, originAt, http } = open();
    elsewhere.put("acme/run", "blobs", content);
    let sizeBytes = "";
    disturb(registry, /^PUT /, 0, () => {});
    const intercept = registry.intercept;
    registry.intercept = (request, response) => {
      if (request.method === "PUT") sizeBytes = request.headers["content-length"] ?? "";
      return intercept(request, response);
    };
    expect(await writer.bringBlob(blob, originAt(elsewhere.host))).toBe("sent");
    expect(written()).toBe(content);
    expect(sizeBytes).toBe(String(content.length));
    expect(http.traffic).toEqual({ sentBytes: content.length, receivedBytes: content.length });
    expect(registry.lines.filter((line) => line.includes("mount="))).toEqual([]);
  });

  it("is fetched and sent again, to a new upload, where one of the two breaks off", async () => {
    for (const server of [registry, elsewhere]) {
      const { writer, originAt } = open();
      elsewhere.put("acme/run", "blobs", content);
      registry.lines.length = 0;
      if (server === registry) disturb(registry, /^PUT /, 2, (response) => void response.destroy());
      else {
        disturb(elsewhere, /^GET .*\/blobs\//, 2, (response) => {
          response.writeHead(200, { "content-length": content.length });
          response.write(content.slice(0, 1000), () => response.destroy());
        });
      }
      expect(await writer.bringBlob(blob, originAt(elsewhere.host))).toBe("sent");
      expect(written()).toBe(content);
      expect(registry.lines.filter((line) => line.startsWith("POST "))).toHaveLength(3);
    }
  });

  it("is not finished where its content is another", async () => {
    const { writer, originAt } = open();
    elsewhere.put("acme/run", "blobs", content);
    disturb(elsewhere, /^GET .*\/blobs\//, 1, (response) => void response.end(`${content.slice(1)}x`));
    const error = await fault(writer.bringBlob(blob, originAt(elsewhere.host)));
    expect(String(error)).toContain("registry/wrong-digest");
    expect(String(error)).toContain(elsewhere.host);
    expect(written()).toBeUndefined();
  });

  it.each([-1, 1])("sends nothing beyond its size where the manifest says another: %i", async (more) => {
    const { writer, originAt } = open();
    elsewhere.put("acme/run", "blobs", content);
    const lying = { ...blob, sizeBytes: blob.sizeBytes + more };
    const error = await fault(writer.bringBlob(lying, originAt(elsewhere.host)));
    expect(String(error)).toContain("does not have the size in its manifest");
    expect(String(error)).toContain(elsewhere.host);
    expect(written()).toBeUndefined();
    // What is too much would be a request of its own.
    expect(registry.lines.filter((line) => !/^(?:POST|PUT) /.test(line))).toEqual([]);
  });

  it("is an error of its own registry where it is not there", async () => {
    const { writer, originAt } = open();
    const error = await fault(writer.bringBlob(blob, originAt(elsewhere.host)));
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toContain(`${elsewhere.host} returned an invalid response`);
  });

  it("comes from that one's mirror; without it, from itself", async () => {
    const mirror = await startRegistry();
    const { writer, originAt } = open({ mirrors: new Map([[elsewhere.host, `${mirror.host}/hub`]]) });
    elsewhere.put("acme/run", "blobs", content);
    mirror.put("hub/acme/run", "blobs", content);
    const origin = originAt(elsewhere.host);
    await writer.bringBlob(blob, origin);
    expect(elsewhere.lines).toEqual([]);
    mirror.intercept = (_, response) => Boolean(response.writeHead(500).end());
    reported.length = 0;
    await writer.bringBlob(blob, origin);
    expect(reported.map(({ code }) => code)).toEqual(["registry/mirror-unused"]);
    expect(elsewhere.lines).toHaveLength(1);
  });
});

describe("bytes", () => {
  it("are not sent where the repository has them", async () => {
    const { writer } = open();
    expect(await writer.putBlob(blob.digest, Buffer.from(content))).toBe("sent");
    expect(await writer.putBlob(blob.digest, Buffer.from(content))).toBe("there");
    expect(registry.lines.filter((line) => line.startsWith("PUT "))).toHaveLength(1);
  });

  it("are a manifest under its digest and its tag, with its type", async () => {
    const { writer } = open();
    let type: string | undefined;
    registry.intercept = (request) => {
      type = request.headers["content-type"];
      return false;
    };
    await writer.putManifest("1", Buffer.from("{}"), "application/vnd.oci.image.index.v1+json");
    expect(registry.contentOf("acme/app", "manifests", "1")?.toString()).toBe("{}");
    expect(type).toBe("application/vnd.oci.image.index.v1+json");
  });

  it("are sent again after 503", async () => {
    const { writer } = open();
    disturb(registry, /^PUT /, 3, (response) => void response.writeHead(503).end());
    await writer.putManifest("1", Buffer.from("{}"), "x/y");
    expect(registry.contentOf("acme/app", "manifests", "1")?.toString()).toBe("{}");
  });
});

describe("an upload that is to go elsewhere", () => {
  const location = (text: string) =>
    disturb(registry, /^POST /, 1, (response) => void response.writeHead(202, { location: text }).end());

  it("goes there", async () => {
    const { writer } = open();
    location(`http://${elsewhere.host}/v2/acme/app/blobs/uploads/7`);
    await writer.putBlob(blob.digest, Buffer.from(content));
    expect(elsewhere.contentOf("acme/app", "blobs", blob.digest)?.toString()).toBe(content);
  });

  it.each(["", "http://[", "ftp://registry.example/x"])("is refused where that is %j", async (text) => {
    const { writer } = open();
    location(text);
    const error = await fault(writer.putBlob(blob.digest, Buffer.from(content)));
    expect(String(error)).toContain("registry/bad-answer");
  });
});

describe("a registry that does not take it", () => {
  const put = () => open().writer.putManifest("1", Buffer.from("{}"), "x/y");
  const answer = (status: number, body = "") =>
    disturb(registry, /^PUT /, 9, (response) => void response.writeHead(status).end(body));

  it.each([401, 403])("by %i: says which login was used", async (status) => {
    answer(status);
    const error = await fault(put());
    expect(error).toBeInstanceOf(CompileError);
    expect(String(error)).toContain("registry/push-denied");
    expect(String(error)).toContain("no credentials were found");
  });

  it("by 400: says why, as the registry has it", async () => {
    answer(400, '{"errors":[{"code":"TAG_INVALID","message":"tag is\\nimmutable"}]}');
    const error = await fault(put());
    expect(String(error)).toContain("registry/push-refused");
    expect(String(error)).toContain("HTTP 400 (TAG_INVALID: tag is immutable)");
  });

  it.each(["", "<html>", "{}", '{"errors":[]}'])("by 405 with %j: says that", async (body) => {
    answer(405, body);
    expect(String(await fault(put()))).toContain("HTTP 405.");
  });

  it("by 500: says that another try may help", async () => {
    answer(500);
    expect(await fault(put())).toBeInstanceOf(TemporaryError);
  });
});

it("asks for a token to write with, and for one to take blobs over with", async () => {
  const scopes: string[] = [];
  const wanted = (line: string) => (line.startsWith("POST ") ? "push" : "pull");
  registry.intercept = (request, response) => {
    const url = new URL(request.url ?? "", "http://registry/");
    if (url.pathname === "/token") {
      scopes.push(url.searchParams.getAll("scope").join(" "));
      response.end('{"token":"t"}');
      return true;
    }
    if (request.headers.authorization === "Bearer t") return false;
    const scope = `repository:acme/app:${wanted(registry.lines.at(-1) ?? "")}`;
    const challenge = `Bearer realm="http://${registry.host}/token",scope="${scope}"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return true;
  };
  registry.put("acme/run", "blobs", content);
  const { writer, originAt } = open();
  await writer.hasBlob(blob.digest);
  expect(await writer.bringBlob(blob, originAt(registry.host))).toBe("mounted");
  await writer.putManifest("1", Buffer.from("{}"), "x/y");
  expect(scopes).toEqual([
    "repository:acme/app:pull,push",
    "repository:acme/app:pull,push repository:acme/run:pull",
  ]);
});
