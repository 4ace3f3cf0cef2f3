import { beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";
import { HttpClient } from "../../src/registry/http/http.ts";
import { readRegistryOptions } from "../../src/registry/options.ts";
import { RegistryImageSource } from "../../src/registry/registry.ts";
import { BlobCache } from "../../src/registry/store/blob-cache.ts";
import { makeCertificate } from "../helpers/certificates.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { startRegistry, type TestRegistry } from "../helpers/registry.ts";

const config = { os: "linux", architecture: "amd64" };

let origin: TestRegistry;
let mirror: TestRegistry;
let warnings: Diagnostic[];
beforeEach(async () => {
  [origin, mirror] = [await startRegistry(), await startRegistry()];
  warnings = [];
  vi.stubEnv("HOME", temporaryDirectory());
  vi.stubEnv("DOCKER_CONFIG", temporaryDirectory());
  return () => vi.unstubAllEnvs();
});

/** Resolves acme/run:24 of the origin. In: what comes after the mirror's host. */
async function resolve({ path = "", insecure = [] }: { path?: string; insecure?: string[] } = {}) {
  const options = readRegistryOptions({ mirrors: [`${origin.host}=${mirror.host}${path}`], insecure });
  const source = new RegistryImageSource({
    options,
    cache: new BlobCache(temporaryDirectory()),
    http: new HttpClient(options, { pauseMs: 1, idleMs: 2000 }),
    report: (warning) => warnings.push(warning),
  });
  const reference = parseReference(`${origin.host}/acme/run:24`);
  if (reference === undefined) throw new Error("no reference");
  return source.resolve(reference, undefined);
}

describe("a mirror", () => {
  it("is asked instead of the registry, whose name the image keeps", async () => {
    const digest = mirror.putImage("acme/run", config, "24");
    const resolved = await resolve();
    expect(resolved?.digest).toBe(digest);
    expect(resolved && formatReference(resolved.reference)).toBe(`${origin.host}/acme/run:24`);
    expect(origin.requests).toEqual([]);
    expect(mirror.requests).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  it("can have the images below a path", async () => {
    mirror.putImage("hub/proxy/acme/run", config, "24");
    expect(await resolve({ path: "/hub/proxy" })).toBeDefined();
    expect(origin.requests).toEqual([]);
  });

  it("that lacks the image is no fault: the registry is asked", async () => {
    const digest = origin.putImage("acme/run", config, "24");
    expect((await resolve())?.digest).toBe(digest);
    expect(warnings).toEqual([]);
  });

  it("that has the manifest and lacks the rest is helped by the registry", async () => {
    const digest = origin.putImage("acme/run", config, "24");
    mirror.intercept = ({ url = "" }, response) => {
      if (!url.includes("/manifests/")) return false;
      response.end(origin.contentOf("acme/run", "manifests", digest));
      return true;
    };
    expect((await resolve())?.digest).toBe(digest);
    expect(origin.requests).toEqual([expect.stringMatching(/blobs/)]);
  });

  it.each<[string, () => unknown]>([
    ["is down", () => mirror.close()],
    [
      "is silent",
      () => {
        mirror.intercept = () => true;
      },
    ],
    [
      "has a bad day",
      () => {
        mirror.intercept = (_, response) => {
          response.writeHead(503).end();
          return true;
        };
      },
    ],
  ])("that %s is a warning, and not asked again", async (_, set) => {
    const digest = origin.putImage("acme/run", config, "24");
    await set();
    expect((await resolve())?.digest).toBe(digest);
    expect(warnings).toMatchObject([{ code: "registry/mirror-unused", severity: "warning" }]);
    expect(warnings[0]?.message).toContain(`The mirror ${mirror.host} was not used`);
  });

  it("that refuses access is a fault, named as the mirror's", async () => {
    origin.putImage("acme/run", config, "24");
    mirror.intercept = (_, response) => {
      response.writeHead(403).end();
      return true;
    };
    const error: unknown = await resolve().catch((reason: unknown) => reason);
    if (!(error instanceof CompileError)) throw error;
    expect(error.diagnostics).toMatchObject([{ code: "registry/denied" }]);
    expect(error.diagnostics[0]?.message).toContain(`${mirror.host} denied access`);
    expect(error.diagnostics[0]?.hint).toContain(`docker login ${mirror.host}`);
  });

  it("may be insecure itself", async () => {
    mirror = await startRegistry(makeCertificate({ names: "DNS:other" }));
    mirror.putImage("acme/run", config, "24");
    expect(await resolve({ insecure: [mirror.host] })).toBeDefined();
  });
});

describe("an insecure registry", () => {
  it("may speak plain http", async () => {
    origin.putImage("acme/run", config, "24");
    mirror.intercept = (_, response) => {
      response.writeHead(404).end();
      return true;
    };
    expect(await resolve({ insecure: [origin.host, mirror.host] })).toBeDefined();
  });
});
