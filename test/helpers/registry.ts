import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterTest } from "./after-test.ts";
import type { ImageFile } from "./images.ts";
import { readLabels } from "./images.ts";

const indexType = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Starts a registry on this machine that is gone after the test. In: its certificate; absent: it speaks plain http. */
export async function startRegistry(tls?: {
  readonly cert: string;
  readonly key: string;
}): Promise<TestRegistry> {
  const registry = new TestRegistry(tls);
  await registry.listen();
  afterTest(() => registry.close());
  return registry;
}

/** Answers instead of the registry; true: it did. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A registry in this process: what is put into it can be pulled, it takes pushes, and every request is noted. */
export class TestRegistry {
  /** Paths asked for, without `/v2/`: `acme/run/manifests/24`. */
  readonly requests: string[] = [];
  /** The same with their methods: `PUT acme/run/manifests/24`. */
  readonly lines: string[] = [];
  /** Asked before the content is. */
  intercept: Interception = () => false;
  readonly #content = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  readonly #server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>;

  constructor(tls?: { readonly cert: string; readonly key: string }) {
    const listener: RequestListener = (request, response) => this.#answer(request, response);
    this.#server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
  }

  /** `127.0.0.1:PORT`, also when it listens no more. */
  host = "";

  listen(): Promise<void> {
    return new Promise((resolve) =>
      this.#server.listen(0, "127.0.0.1", () => {
        this.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
        resolve();
      }),
    );
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Puts bytes under their digest, and a manifest under a name, too. Out: the digest. */
  put(repository: string, kind: "manifests" | "blobs", value: unknown, name?: string): string {
    const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const type =
      kind === "blobs"
        ? "application/octet-stream"
        : bytes.includes('"manifests"')
          ? indexType
          : manifestType;
    for (const key of [digest, ...(name === undefined ? [] : [name])]) {
      this.#content.set(`${repository}/${kind}/${key}`, { type, bytes });
    }
    return digest;
  }

  /** Puts an image for one platform. Out: its manifest's digest. */
  putImage(repository: string, config: unknown, name?: string): string {
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: this.put(repository, "blobs", config),
      },
      layers: [],
    };
    return this.put(repository, "manifests", manifest, name);
  }

  /** Puts an image for every platform of a file, with an index. Out: the index's digest. */
  putImageFile(repository: string, name: string, { platforms }: Pick<ImageFile, "platforms">): string {
    const manifests = Object.values(platforms).map(({ os, architecture, variant, env, user, labels }) => {
      const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
      const config = { ...platform, config: { Env: env, User: user, Labels: readLabels(labels) } };
      return { mediaType: manifestType, digest: this.putImage(repository, config), platform };
    });
    return this.put(repository, "manifests", { schemaVersion: 2, mediaType: indexType, manifests }, name);
  }

  /** Bytes that were put. */
  contentOf(repository: string, kind: "manifests" | "blobs", name: string): Buffer | undefined {
    return this.#content.get(`${repository}/${kind}/${name}`)?.bytes;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "").replace(/^\/v2\//, "");
    this.requests.push(path);
    this.lines.push(`${request.method} ${path}`);
    if (this.intercept(request, response)) return;
    if (request.method === "POST" || request.method === "PUT") {
      // A client may break off; nothing is taken then.
      return void this.#take(path, request, response).catch(() => response.destroy());
    }
    const found = this.#content.get(path);
    if (found === undefined) response.writeHead(404).end('{"errors":[]}');
    else response.writeHead(200, { "content-type": found.type }).end(found.bytes);
  }

  /** As the distribution spec has it, "Pushing Blobs" and "Pushing Manifests". */
  async #take(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(path, "http://registry/");
    const [, repository = "", kind, name = ""] = /^\/(.*)\/(blobs|manifests)\/(.*)$/.exec(pathname) ?? [];
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (kind === "manifests") {
      const type = request.headers["content-type"] ?? "";
      for (const key of [digest, name]) this.#content.set(`${repository}/manifests/${key}`, { type, bytes });
      return void response.writeHead(201).end();
    }
    const mounted = this.#content.get(`${searchParams.get("from")}/blobs/${searchParams.get("mount")}`);
    if (mounted !== undefined) {
      this.#content.set(`${repository}/blobs/${searchParams.get("mount")}`, mounted);
      return void response.writeHead(201).end();
    }
    if (request.method === "POST") {
      return void response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/1?state=a` }).end();
    }
    if (searchParams.get("digest") !== digest) return void response.writeHead(400).end();
    this.#content.set(`${repository}/blobs/${digest}`, { type: "application/octet-stream", bytes });
    response.writeHead(201).end();
  }
}
