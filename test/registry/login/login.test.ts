import { mkdirSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError, type Diagnostic, TemporaryError } from "../../../src/diagnostics/diagnostic.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { RegistryImageSource } from "../../../src/registry/registry.ts";
import { BlobCache } from "../../../src/registry/store/blob-cache.ts";
import { RepositoryWriter } from "../../../src/registry/store/writer.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { startRegistry, type TestRegistry } from "../../helpers/registry.ts";

const password = "hunter2";
const basic = `Basic ${Buffer.from(`robot:${password}`).toString("base64")}`;

let registry: TestRegistry;
/** Requests to the token server: method, query or form, authorization. */
let tokenRequests: { method: string; fields: Record<string, string>; authorization: string | undefined }[];
/** Answers them; in: how many there were before. */
let tokenServer: (response: ServerResponse, before: number) => void;
/** Token that the registry takes. */
let valid: string;
let challenge: () => string | string[];
beforeEach(async () => {
  registry = await startRegistry();
  const { host } = registry;
  tokenRequests = [];
  valid = "t0ken";
  tokenServer = (response) => void response.end(JSON.stringify({ token: "t0ken", expires_in: 60 }));
  challenge = () => `Bearer realm="http://${host}/token",service="reg",scope="repository:acme/run:pull"`;
  vi.stubEnv("HOME", temporaryDirectory());
  for (const name of [
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "REGISTRY_AUTH_FILE",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
  ])
    vi.stubEnv(name, undefined);
  registry.putImage("acme/run", { os: "linux", architecture: "amd64" }, "24");
  registry.intercept = (request, response) => {
    const { url = "", headers } = request;
    if (url.startsWith("/token")) answerToken(request, response);
    else if (headers.authorization === `Bearer ${valid}` || headers.authorization === valid) return false;
    else response.writeHead(401, { "www-authenticate": challenge() }).end();
    return true;
  };
  return () => vi.unstubAllEnvs();
});

function answerToken(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method = "", url = "", headers } = request;
    const text = method === "POST" ? Buffer.concat(chunks).toString() : url.replace(/^[^?]*\??/, "");
    tokenRequests.push({
      method,
      fields: Object.fromEntries(new URLSearchParams(text)),
      authorization: headers.authorization,
    });
    tokenServer(response, tokenRequests.length - 1);
  });
}

function login(entry: unknown): void {
  const directory = join(process.env.HOME ?? "", ".docker");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "config.json"), JSON.stringify({ auths: { [registry.host]: entry } }));
}

const robot = { username: "robot", password };

async function resolve(): Promise<string | undefined> {
  const reference = parseReference(`${registry.host}/acme/run:24`);
  if (reference === undefined) throw new Error("no reference");
  const source = new RegistryImageSource({
    cache: new BlobCache(temporaryDirectory()),
    http: new HttpClient(defaultRegistryOptions, { pauseMs: 1 }),
  });
  return (await source.resolve(reference, undefined))?.images[0]?.platform.architecture;
}

async function faultOf(): Promise<Diagnostic & { readonly temporary: boolean }> {
  const error: unknown = await resolve().catch((reason: unknown) => reason);
  const found = error instanceof CompileError ? error.diagnostics[0] : undefined;
  const diagnostic = error instanceof TemporaryError ? error.diagnostic : found;
  if (diagnostic === undefined) throw new Error(`not refused: ${String(error)}`);
  expect(JSON.stringify(diagnostic)).not.toMatch(new RegExp(`${password}|${basic.slice(6)}|s3cret`));
  return { ...diagnostic, temporary: error instanceof TemporaryError };
}

describe("a token is asked for", () => {
  const asked = { service: "reg", scope: "repository:acme/run:pull" };

  it("with nothing where nothing is known", async () => {
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests).toEqual([{ method: "GET", fields: asked, authorization: undefined }]);
  });

  it("with name and password", async () => {
    login(robot);
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests).toEqual([{ method: "GET", fields: asked, authorization: basic }]);
  });

  it.each([404, 405])("with a form where the server knows no GET (%i)", async (status) => {
    login(robot);
    tokenServer = (response, before) =>
      void response.writeHead(before === 0 ? status : 200).end(JSON.stringify({ access_token: "t0ken" }));
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests[1]).toEqual({
      method: "POST",
      fields: { ...asked, client_id: "cnb-dockerfile", grant_type: "password", ...robot },
      authorization: undefined,
    });
  });

  it("with an identity token", async () => {
    login({ identitytoken: "s3cret" });
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests).toEqual([
      {
        method: "POST",
        fields: {
          ...asked,
          client_id: "cnb-dockerfile",
          grant_type: "refresh_token",
          refresh_token: "s3cret",
        },
        authorization: undefined,
      },
    ]);
  });

  it("for the repository where the challenge names neither service nor scope", async () => {
    challenge = () => `Bearer realm="http://${registry.host}/token"`;
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests[0]?.fields).toEqual({ scope: "repository:acme/run:pull" });
  });

  it("not at all where a registry's own token is known", async () => {
    login({ registrytoken: "t0ken" });
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests).toEqual([]);
  });

  it("once more where it has expired meanwhile", async () => {
    tokenServer = (response, before) => {
      valid = `token-${before}`;
      response.end(JSON.stringify({ token: valid }));
    };
    const pass = registry.intercept;
    registry.intercept = (request, response) => {
      if (request.url?.includes("/blobs/") && tokenRequests.length === 1) valid = "another";
      return pass(request, response);
    };
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests).toHaveLength(2);
  });

  it("once for a request, though the registry does not take it", async () => {
    tokenServer = (response) => void response.end(JSON.stringify({ token: "wrong" }));
    expect((await faultOf()).code).toBe("registry/denied");
    expect(tokenRequests).toHaveLength(1);
  });
});

describe("of several ways to log in", () => {
  it.each([
    ["one header", () => `Basic realm="reg", Bearer realm="http://${registry.host}/token",service="reg"`],
    [
      "two headers",
      () => ['Basic realm="reg"', `Bearer realm="http://${registry.host}/token",service="reg"`],
    ],
  ])("in %s the token is taken", async (_, header) => {
    challenge = header;
    login(robot);
    expect(await resolve()).toBe("amd64");
    expect(tokenRequests).toMatchObject([{ authorization: basic }]);
  });

  it("the one that is known is taken", async () => {
    challenge = () => ["Negotiate", 'Basic realm="reg"'];
    valid = basic;
    login(robot);
    expect(await resolve()).toBe("amd64");
  });
});

describe("a refusal", () => {
  it("names the file and key of the credentials, and the way to log in", async () => {
    login(robot);
    tokenServer = (response) => void response.writeHead(401).end("{}");
    const { host } = registry;
    const fault = await faultOf();
    expect(fault).toMatchObject({ code: "registry/denied", temporary: false });
    expect(fault.message).toContain(
      `(HTTP 401); the credentials of ${process.env.HOME}/.docker/config.json (auths, "${host}") were used`,
    );
    expect(fault.hint).toContain(`docker login ${host}`);
  });

  it("for now says until when, if the server does, and who asked", async () => {
    const retryAfter = new Date(Date.now() + 3_600_000).toUTCString();
    tokenServer = (response) => void response.writeHead(429, { "retry-after": retryAfter }).end();
    const fault = await faultOf();
    expect(fault).toMatchObject({ code: "registry/rate-limited", temporary: true });
    expect(fault.message).toContain(
      `retry after ${new Date(retryAfter).toISOString().slice(0, 19).replace("T", " ")} UTC`,
    );
    expect(fault.message).toContain("no credentials were found");
  });

  it.each([
    [
      "no JSON",
      (response: ServerResponse) => response.end("<html>"),
      "its token server's response is not JSON",
    ],
    [
      "no token",
      (response: ServerResponse) => response.end('{"token": ""}'),
      "its token server sent no token",
    ],
    ["a status nobody knows", (response: ServerResponse) => response.writeHead(418).end(), "HTTP 418"],
  ])("is what a token server means that sends %s", async (_, server, reason) => {
    tokenServer = server;
    const fault = await faultOf();
    expect(fault).toMatchObject({ code: "registry/bad-answer", temporary: false });
    expect(fault.message).toContain(reason);
  });

  it.each([
    ["", "it does not name a token server"],
    ["realm=/token", "it does not name a token server"],
    [
      "realm=http://169.254.169.254/latest",
      "its token server 169.254.169.254 is at a link-local or metadata address",
    ],
    ["realm=http://me:pw@127.0.0.1/", "the address of its token server has a user name and password"],
    ["realm=file:///token", "the address of its token server is not an HTTP URL"],
    ["realm=http://token.example.invalid/", "has no TLS, so no credentials are sent there"],
  ])("is what a challenge means with %j", async (parameters, reason) => {
    login(robot);
    challenge = () => `Bearer ${parameters}`;
    expect((await faultOf()).message).toContain(reason);
    expect(tokenRequests).toEqual([]);
  });

  it("is not mended by credentials that the way in has no use for", async () => {
    challenge = () => 'Basic realm="reg"';
    login({ identitytoken: "s3cret" });
    expect((await faultOf()).code).toBe("registry/denied");
  });
});

describe("whoever the registry leads to", () => {
  /** Asks for a login of its own at a token server of its own. Out: what it was shown. */
  const greedy = async () => {
    const evil = await startRegistry();
    const seen: (string | undefined)[] = [];
    evil.intercept = ({ url = "", headers }, response) => {
      seen.push(headers.authorization);
      const challenge = `Bearer realm="http://${evil.host}/token",service="evil"`;
      if (url.startsWith("/token")) response.end('{"token":"x"}');
      else response.writeHead(401, { "www-authenticate": [challenge, 'Basic realm="x"'] }).end();
      return true;
    };
    return { evil, seen };
  };

  // As CVE-2020-15157 of containerd.
  it.each([robot, { identitytoken: "s3cret" }, { registrytoken: "s3cret" }])(
    "by a redirect has no login of it, and no token server: %j",
    async (entry) => {
      const { evil, seen } = await greedy();
      login(entry);
      registry.intercept = ({ url = "" }, response) => {
        response.writeHead(307, { location: `http://${evil.host}${url}` }).end();
        return true;
      };
      expect((await faultOf()).code).toBe("registry/denied");
      expect(seen).toEqual([undefined]);
      expect(tokenRequests).toEqual([]);
    },
  );

  it("as the place of an upload has no login of it, and no token server", async () => {
    const { evil, seen } = await greedy();
    login(robot);
    valid = basic;
    challenge = () => 'Basic realm="reg"';
    const pass = registry.intercept;
    registry.intercept = (request, response) => {
      if (request.method !== "POST" || request.headers.authorization === undefined)
        return pass(request, response);
      response.writeHead(202, { location: `http://${evil.host}/v2/acme/app/blobs/uploads/1` }).end();
      return true;
    };
    const reference = parseReference(`${registry.host}/acme/app:1`);
    if (reference === undefined) throw new Error("no reference");
    const http = new HttpClient(defaultRegistryOptions, { pauseMs: 1 });
    const writer = new RepositoryWriter(reference, { http, mirrors: new Map(), report: () => {} });
    await expect(writer.putBlob(`sha256:${"0".repeat(64)}`, Buffer.from("x"))).rejects.toThrow(
      "registry/push-denied",
    );
    expect(seen).toEqual([undefined]);
  });
});

it("a token server's redirect takes no name and password along", async () => {
  const other = await startRegistry();
  const seen: unknown[] = [];
  login(robot);
  other.intercept = ({ headers }, response) => {
    seen.push(headers.authorization);
    response.end('{"token":"t0ken"}');
    return true;
  };
  tokenServer = (response) => void response.writeHead(302, { location: `http://${other.host}/token` }).end();
  expect(await resolve()).toBe("amd64");
  expect(seen).toEqual([undefined]);
});

it("credentials never reach a server that the registry redirects to", async () => {
  const storage = await startRegistry();
  const seen: unknown[] = [];
  login(robot);
  const pass = registry.intercept;
  registry.intercept = (request, response) => {
    const { url = "", headers } = request;
    if (!url.includes("/blobs/") || headers.authorization === undefined) return pass(request, response);
    response.writeHead(307, { location: `http://${storage.host}${url}` }).end();
    return true;
  };
  storage.putImage("acme/run", { os: "linux", architecture: "amd64" });
  storage.intercept = ({ headers }) => {
    seen.push(headers.authorization);
    return false;
  };
  expect(await resolve()).toBe("amd64");
  expect(seen).toEqual([undefined]);
});
