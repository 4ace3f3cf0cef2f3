import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { parseReference } from "../../../src/image/reference.ts";
import { imageSource } from "../../../src/registry/image-source.ts";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

const digest = `sha256:${"a".repeat(64)}`;
/** As a daemon of API 1.50 answers, less what nobody reads. */
const image = {
  Id: `sha256:${"b".repeat(64)}`,
  RepoTags: ["acme/builder:24"],
  RepoDigests: [`acme/other@sha256:${"c".repeat(64)}`, `acme/builder@${digest}`],
  Architecture: "arm64",
  Variant: "v8",
  Os: "linux",
  Config: { User: "1000:1000", Env: ["CNB_USER_ID=1000"], Labels: { label: "x" }, Cmd: null },
};

const servers: Server[] = [];
let asked: string[];
let body: string;
let status: number;
let home: string;
beforeEach(() => {
  asked = [];
  body = JSON.stringify(image);
  status = 200;
  home = temporaryDirectory();
  vi.stubEnv("HOME", home);
  for (const name of [
    "DOCKER_HOST",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
  ])
    vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A daemon in this process. In: its socket; absent: a port of this machine. Out: its port. */
async function startDaemon(socket?: string, tls?: object): Promise<number> {
  const listener = (request: { url?: string | undefined }, response: import("node:http").ServerResponse) => {
    asked.push(request.url ?? "");
    response.writeHead(status).end(body);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (socket === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socket, resolve);
  });
  return socket === undefined ? (server.address() as AddressInfo).port : 0;
}

async function resolve(name = "acme/builder:24", platforms?: { os: string; architecture: string }[]) {
  const reference = parseReference(`docker-daemon://${name}`);
  if (reference === undefined) throw new Error(name);
  return imageSource().resolve(reference, platforms);
}

async function fault(): Promise<string> {
  const error: unknown = await resolve().catch((reason: unknown) => reason);
  if (!(error instanceof CompileError)) throw new Error("not refused");
  expect(error.diagnostics).toMatchObject([
    { code: "registry/daemon", location: { file: "docker-daemon://acme/builder:24" } },
  ]);
  return error.diagnostics[0]?.message ?? "";
}

describe("an image of a docker daemon", () => {
  beforeEach(async () => {
    const socket = join(home, "docker.sock");
    await startDaemon(socket);
    vi.stubEnv("DOCKER_HOST", `unix://${socket}`);
  });

  it("has the daemon's platform and config, and its own repository's digest", async () => {
    expect(await resolve()).toMatchObject({
      digest,
      available: [{ os: "linux", architecture: "arm64" }],
      images: [
        {
          platform: { os: "linux", architecture: "arm64" },
          config: { user: "1000:1000", env: ["CNB_USER_ID=1000"], labels: { label: "x" } },
        },
      ],
    });
    expect(asked).toEqual(["/images/acme/builder:24/json"]);
  });

  it("has no digest where it was built there", async () => {
    body = JSON.stringify({ ...image, RepoDigests: [] });
    expect(await resolve()).not.toHaveProperty("digest");
  });

  it("is nothing to other platforms", async () => {
    expect(await resolve("acme/builder:24", [{ os: "linux", architecture: "amd64" }])).toMatchObject({
      images: [],
    });
  });

  it("that is not there is undefined", async () => {
    status = 404;
    expect(await resolve()).toBeUndefined();
  });

  it.each([
    [
      "an error",
      () => {
        status = 500;
      },
      "HTTP 500",
    ],
    [
      "no JSON",
      () => {
        body = "<html>";
      },
      "its response about the image is not valid",
    ],
    [
      "another form",
      () => {
        body = "{}";
      },
      "its response about the image is not valid",
    ],
    [
      "labels that are none",
      () => {
        body = JSON.stringify({ ...image, Config: { Labels: 7 } });
      },
      "its response about the image is not valid",
    ],
    [
      "no end",
      () => {
        body = "x".repeat(9 * 1024 * 1024);
      },
      "its response is larger than 8 MiB",
    ],
  ])("cannot be known where the daemon sends %s", async (_, set, reason) => {
    set();
    expect(await fault()).toContain(reason);
  });
});

describe("the daemon is found", () => {
  it("by a tcp address", async () => {
    vi.stubEnv("DOCKER_HOST", `tcp://127.0.0.1:${await startDaemon()}`);
    expect(await resolve()).toMatchObject({ digest });
  });

  it("by a tcp address with TLS, where it wants to know who asks", async () => {
    const ca = makeAuthority();
    const server = makeCertificate({ names: "IP:127.0.0.1", ca });
    const client = makeCertificate({ names: "DNS:client", ca });
    const port = await startDaemon(undefined, { ...server, ca: ca.cert, requestCert: true });
    for (const [name, text] of Object.entries({
      "ca.pem": ca.cert,
      "cert.pem": client.cert,
      "key.pem": client.key,
    })) {
      writeFileSync(join(home, name), text);
    }
    vi.stubEnv("DOCKER_HOST", `tcp://127.0.0.1:${port}`);
    vi.stubEnv("DOCKER_TLS_VERIFY", "1");
    expect(await fault()).toMatch(/certificate/);
    vi.stubEnv("DOCKER_CERT_PATH", home);
    expect(await resolve()).toMatchObject({ digest });
  });

  it.each(["DOCKER_CONTEXT", "config.json"])("by the context of %s", async (place) => {
    const id = createHash("sha256").update("mine").digest("hex");
    const directory = join(home, ".docker", "contexts", "meta", id);
    mkdirSync(directory, { recursive: true });
    const socket = join(home, "mine.sock");
    writeFileSync(
      join(directory, "meta.json"),
      JSON.stringify({ Name: "mine", Endpoints: { docker: { Host: `unix://${socket}` } } }),
    );
    if (place === "DOCKER_CONTEXT") vi.stubEnv("DOCKER_CONTEXT", "mine");
    else writeFileSync(join(home, ".docker", "config.json"), '{"currentContext": "mine"}');
    await startDaemon(socket);
    expect(await resolve()).toMatchObject({ digest });
  });
});

describe("a daemon that cannot be asked", () => {
  it.each([
    ["unix:///nowhere/docker.sock", "there is no such socket; is it running?"],
    ["tcp://127.0.0.1:1", "nothing is listening there; is it running?"],
    ["ssh://me@build.example", "only unix and tcp addresses are understood"],
    ["tcp://[", "only unix and tcp addresses are understood"],
  ])("%s: %s", async (address, reason) => {
    vi.stubEnv("DOCKER_HOST", address);
    expect(await fault()).toBe(
      `Cannot read acme/builder:24 from the Docker daemon at ${address}: ${reason}.`,
    );
  });
});
