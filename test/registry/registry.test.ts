import { chownSync, lchownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CompileError, type Diagnostic, TemporaryError } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, parsePlatform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { HttpClient } from "../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../src/registry/options.ts";
import { RegistryImageSource } from "../../src/registry/registry.ts";
import { BlobCache } from "../../src/registry/store/blob-cache.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { neighbour, neighbourTest } from "../helpers/neighbour.ts";
import { startRegistry, type TestRegistry } from "../helpers/registry.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64", variant: "v8" };

let registry: TestRegistry;
let cacheDirectory: string;
beforeEach(async () => {
  registry = await startRegistry();
  cacheDirectory = join(temporaryDirectory(), "cache");
  // Nobody's own login may decide a test.
  vi.stubEnv("HOME", temporaryDirectory());
  vi.stubEnv("DOCKER_CONFIG", temporaryDirectory());
  return () => vi.unstubAllEnvs();
});

/** Resolves an image of the test's registry, as a new run of the program would. */
async function resolve(name: string, platforms?: string[]) {
  const reference = parseReference(`${registry.host}/${name}`);
  if (reference === undefined) throw new Error(name);
  const wanted = platforms?.flatMap((text) => parsePlatform(text) ?? []);
  const source = new RegistryImageSource({
    cache: new BlobCache(cacheDirectory),
    http: new HttpClient(defaultRegistryOptions, { pauseMs: 1 }),
  });
  const resolved = await source.resolve(reference, wanted);
  return (
    resolved && {
      digest: resolved.digest,
      available: resolved.available.map(formatPlatform),
      images: resolved.images.map(({ platform }) => formatPlatform(platform)),
      labels: resolved.images.map(({ config }) => config.labels),
    }
  );
}

async function faultOf(name: string): Promise<{ diagnostic: Diagnostic; temporary: boolean }> {
  const error: unknown = await resolve(name).then(
    () => new Error(`${name} was read`),
    (reason: unknown) => reason,
  );
  if (error instanceof TemporaryError) return { diagnostic: error.diagnostic, temporary: true };
  if (!(error instanceof CompileError)) throw error;
  const [diagnostic] = error.diagnostics;
  if (diagnostic === undefined) throw error;
  return { diagnostic, temporary: false };
}

const config = (platform: object, label = "x") => ({ ...platform, config: { Labels: { label } } });

/** Puts the image acme/run:24 for two platforms, with attestations as BuildKit adds them. Out: its index's digest. */
function putIndex(): string {
  const image = (platform: object) => ({
    digest: registry.putImage("acme/run", config(platform, JSON.stringify(platform))),
    platform,
  });
  const attestation = { digest: registry.put("acme/run", "manifests", { layers: [] }) };
  const manifests = [
    image(amd64),
    { ...attestation, platform: { os: "unknown", architecture: "unknown" } },
    image(arm64),
    attestation,
  ];
  return registry.put("acme/run", "manifests", { schemaVersion: 2, manifests }, "24");
}

describe("an image with an index", () => {
  it("has the platforms of its index, without attestations, and the index's digest", async () => {
    const digest = putIndex();
    expect(await resolve("acme/run:24")).toEqual({
      digest,
      available: ["linux/amd64", "linux/arm64"],
      images: ["linux/amd64", "linux/arm64"],
      labels: [{ label: JSON.stringify(amd64) }, { label: JSON.stringify(arm64) }],
    });
  });

  it("costs a request for the index and two for each platform asked for", async () => {
    putIndex();
    await resolve("acme/run:24", ["linux/arm64"]);
    expect(registry.requests.map((path) => path.replace(/sha256:.*/, "DIGEST"))).toEqual([
      ...["acme/run/manifests/24", "acme/run/manifests/DIGEST", "acme/run/blobs/DIGEST"],
    ]);
    registry.requests.length = 0;
    cacheDirectory = temporaryDirectory();
    await resolve("acme/run:24");
    expect(registry.requests).toHaveLength(1 + 2 * 2);
  });

  it("says what it has where it lacks what is asked for", async () => {
    putIndex();
    expect(await resolve("acme/run:24", ["linux/s390x", "linux/amd64"])).toMatchObject({
      available: ["linux/amd64", "linux/arm64"],
      images: ["linux/amd64"],
    });
  });

  it("is read by digest, too", async () => {
    const digest = putIndex();
    expect(await resolve(`acme/run:24@${digest}`)).toMatchObject({
      digest,
      images: ["linux/amd64", "linux/arm64"],
    });
  });

  it("is refused where it lists an image for a platform that the image is not for", async () => {
    const digest = registry.putImage("acme/run", config(amd64));
    registry.put("acme/run", "manifests", { manifests: [{ digest, platform: arm64 }] }, "24");
    const { diagnostic, temporary } = await faultOf("acme/run:24");
    expect(temporary).toBe(false);
    expect(diagnostic.message).toContain("as linux/arm64, the image says linux/amd64");
  });
});

describe("an image without an index", () => {
  it("has its config's platform and its manifest's digest, for two requests", async () => {
    const digest = registry.putImage("acme/run", config(arm64), "latest");
    expect(await resolve("acme/run")).toMatchObject({
      digest,
      available: ["linux/arm64"],
      images: ["linux/arm64"],
    });
    expect(registry.requests).toHaveLength(2);
  });

  it("is nothing to other platforms", async () => {
    registry.putImage("acme/run", config(arm64), "latest");
    expect(await resolve("acme/run", ["linux/amd64"])).toMatchObject({
      available: ["linux/arm64"],
      images: [],
    });
  });
});

it("an image that is not there is undefined", async () => {
  expect(await resolve("acme/none:1")).toBeUndefined();
});

describe("what an earlier run has read", () => {
  it("is not asked for again where a digest names it", async () => {
    const digest = putIndex();
    const first = await resolve(`acme/run@${digest}`);
    registry.requests.length = 0;
    expect(await resolve(`acme/run@${digest}`)).toEqual(first);
    expect(registry.requests).toEqual([]);
  });

  it("is one request by tag, which may have moved", async () => {
    putIndex();
    await resolve("acme/run:24");
    registry.requests.length = 0;
    await resolve("acme/run:24");
    expect(registry.requests).toEqual(["acme/run/manifests/24"]);
  });

  it("is asked for again where it is damaged", async () => {
    putIndex();
    const first = await resolve("acme/run:24");
    for (const name of readdirSync(cacheDirectory)) writeFileSync(join(cacheDirectory, name), "{}");
    expect(await resolve("acme/run:24")).toEqual(first);
  });

  it("is asked for again where it could not be kept", async () => {
    putIndex();
    writeFileSync(cacheDirectory, "a file where the directory should be");
    expect(await resolve("acme/run:24")).toEqual(await resolve("acme/run:24"));
  });

  neighbourTest("is neither read nor kept where another user put it", async () => {
    putIndex();
    const first = await resolve("acme/run:24");
    const kept = readdirSync(cacheDirectory);
    const elsewhere = temporaryDirectory();
    for (const name of kept) rmSync(join(cacheDirectory, name));
    chownSync(cacheDirectory, neighbour, neighbour);
    expect(await resolve("acme/run:24")).toEqual(first);
    expect(readdirSync(cacheDirectory)).toEqual([]);
    // Nor through a link of his.
    rmSync(cacheDirectory, { recursive: true });
    symlinkSync(elsewhere, cacheDirectory);
    lchownSync(cacheDirectory, neighbour, neighbour);
    expect(await resolve("acme/run:24")).toEqual(first);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it("leaves no unfinished file behind", async () => {
    putIndex();
    await resolve("acme/run:24");
    expect(readdirSync(cacheDirectory).filter((name) => !/^sha256-[0-9a-f]{64}$/.test(name))).toEqual([]);
  });
});

describe("an answer that cannot be used", () => {
  it.each<[string, () => void, RegExp]>([
    [
      "is cut off JSON",
      () => registry.put("acme/run", "manifests", '{"manifests": [', "24"),
      /it is not JSON/,
    ],
    [
      "is no image",
      () => registry.put("acme/run", "manifests", { hello: 1 }, "24"),
      /neither an image nor an index/,
    ],
    ["is a web page", () => registry.put("acme/run", "manifests", "<html>", "24"), /it is not JSON/],
    [
      "names a config that is missing",
      () => registry.put("acme/run", "manifests", { config: { digest: `sha256:${"0".repeat(64)}` } }, "24"),
      /its config .* is missing/,
    ],
    [
      "has a config that is none",
      () => registry.putImage("acme/run", { os: 1 }, "24"),
      /is not an image config/,
    ],
    [
      "lists an index in an index",
      () => {
        const inner = registry.put("acme/run", "manifests", { manifests: [] });
        registry.put("acme/run", "manifests", { manifests: [{ digest: inner, platform: amd64 }] }, "24");
      },
      /is not an image manifest/,
    ],
    [
      "lists what is not there",
      () => {
        const manifests = [{ digest: `sha256:${"0".repeat(64)}`, platform: amd64 }];
        registry.put("acme/run", "manifests", { manifests }, "24");
      },
      /is not an image manifest/,
    ],
  ])("%s", async (_, put, message) => {
    put();
    const { diagnostic, temporary } = await faultOf("acme/run:24");
    expect(diagnostic).toMatchObject({
      code: "registry/bad-answer",
      location: { file: `${registry.host}/acme/run:24` },
    });
    expect(diagnostic.message).toMatch(message);
    expect(temporary).toBe(false);
  });

  it.each(["manifests", "blobs"])("has another digest than what was asked for among the %s", async (kind) => {
    const digest = registry.putImage("acme/run", config(amd64), "24");
    registry.intercept = (request, response) => {
      if (!request.url?.includes(`${kind}/sha256:`)) return false;
      response.end(JSON.stringify({ config: { digest: `sha256:${"0".repeat(64)}` } }));
      return true;
    };
    const { diagnostic } = await faultOf(kind === "blobs" ? "acme/run:24" : `acme/run@${digest}`);
    expect(diagnostic.code).toBe("registry/wrong-digest");
    expect(diagnostic.message).toMatch(/expected sha256:.*, got sha256:/);
  });

  it("is too long", async () => {
    registry.intercept = (_, response) => {
      response.writeHead(200, { "content-length": 9 * 1024 * 1024 }).end();
      return true;
    };
    expect((await faultOf("acme/run:24")).diagnostic.message).toContain("larger than 8 MiB");
  });
});

describe("a registry that", () => {
  const answerAll = (status: number, headers = {}) => {
    registry.intercept = (_, response) => {
      response.writeHead(status, headers).end("{}");
      return true;
    };
  };

  it.each([429, 500, 502, 503])("answers %d may do better later", async (status) => {
    answerAll(status);
    const { diagnostic, temporary } = await faultOf("acme/run:24");
    expect(diagnostic.code).toBe(status === 429 ? "registry/rate-limited" : "registry/unavailable");
    expect(diagnostic.message).toContain(`HTTP ${status}`);
    expect(temporary).toBe(true);
  });

  it("cannot be reached may be reached later", async () => {
    await registry.close();
    expect(await faultOf("acme/run:24")).toMatchObject({
      temporary: true,
      diagnostic: { code: "registry/unavailable" },
    });
  });

  it("breaks off in the middle may do better later", async () => {
    registry.intercept = (_, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("{", () => response.destroy());
      return true;
    };
    expect(await faultOf("acme/run:24")).toMatchObject({
      temporary: true,
      diagnostic: { code: "registry/unavailable" },
    });
  });

  it.each([401, 403])("answers %d refuses access", async (status) => {
    answerAll(status);
    const { diagnostic, temporary } = await faultOf("acme/run:24");
    expect(diagnostic.code).toBe("registry/denied");
    expect(diagnostic.message).toMatch(new RegExp(`HTTP ${status}.*no credentials were found`));
    expect(temporary).toBe(false);
  });

  it("answers with a status nobody knows gives no usable answer", async () => {
    answerAll(418);
    expect((await faultOf("acme/run:24")).diagnostic.code).toBe("registry/bad-answer");
  });

  it("sends blobs from elsewhere is followed", async () => {
    registry.putImage("acme/run", config(amd64), "24");
    registry.intercept = (request, response) => {
      const { url = "" } = request;
      if (!url.startsWith("/v2/acme/run/blobs/")) return false;
      response.writeHead(307, { location: url.replace("acme/run", "elsewhere") }).end();
      return true;
    };
    registry.put("elsewhere", "blobs", config(amd64));
    expect(await resolve("acme/run:24")).toMatchObject({ images: ["linux/amd64"] });
  });
});

describe("a registry that wants to know who asks", () => {
  const secret = "hunter2";

  function login(username = "robot"): void {
    const auth = Buffer.from(`${username}:${secret}`).toString("base64");
    const directory = process.env.DOCKER_CONFIG ?? "";
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  }

  const basicOf = (username = "robot") => `Basic ${Buffer.from(`${username}:${secret}`).toString("base64")}`;

  /** Demands `authorization` of every request, and says by `challenge` how to get it. */
  function demand(authorization: string, challenge: string): void {
    registry.intercept = (request, response) => {
      if (request.url?.startsWith("/token")) {
        const given = request.headers.authorization === basicOf() || !registryIsPrivate;
        response.writeHead(given ? 200 : 401).end(JSON.stringify({ token: "t0ken" }));
        return true;
      }
      if (request.headers.authorization === authorization) return false;
      response.writeHead(401, { "www-authenticate": challenge }).end();
      return true;
    };
  }
  let registryIsPrivate = false;
  beforeEach(() => {
    registryIsPrivate = false;
    registry.putImage("acme/run", config(amd64), "24");
  });
  const bearer = () =>
    `Bearer realm="http://${registry.host}/token",service="reg",scope="repository:acme/run:pull"`;

  it("gives anybody a token for what anybody may read", async () => {
    demand("Bearer t0ken", bearer());
    expect(await resolve("acme/run:24")).toMatchObject({ images: ["linux/amd64"] });
    expect(registry.requests).toContain("/token?service=reg&scope=repository%3Aacme%2Frun%3Apull");
  });

  it("is asked for a token once for an image", async () => {
    demand("Bearer t0ken", bearer());
    await resolve("acme/run:24");
    expect(registry.requests.filter((path) => path.startsWith("/token"))).toHaveLength(1);
  });

  it.each([429, 503])("that cannot give a token for now (%i) may give one later", async (status) => {
    registry.intercept = (request, response) => {
      const isTokenServer = request.url?.startsWith("/token") ?? false;
      response.writeHead(isTokenServer ? status : 401, { "www-authenticate": bearer() }).end();
      return true;
    };
    await expect(resolve("acme/run:24")).rejects.toBeInstanceOf(TemporaryError);
  });

  it("gives those a token who are logged in", async () => {
    registryIsPrivate = true;
    demand("Bearer t0ken", bearer());
    login();
    expect(await resolve("acme/run:24")).toMatchObject({ images: ["linux/amd64"] });
  });

  it("refuses those who are not", async () => {
    registryIsPrivate = true;
    demand("Bearer t0ken", bearer());
    const { diagnostic } = await faultOf("acme/run:24");
    expect(diagnostic.code).toBe("registry/denied");
    expect(diagnostic.message).toContain("no credentials were found");
  });

  it("takes name and password from docker's configuration", async () => {
    demand(basicOf(), 'Basic realm="reg"');
    login();
    expect(await resolve("acme/run:24")).toMatchObject({ images: ["linux/amd64"] });
  });

  it("names the file of credentials that it refused, and never the credentials", async () => {
    demand(basicOf(), 'Basic realm="reg"');
    login("somebody-else");
    const { diagnostic } = await faultOf("acme/run:24");
    expect(diagnostic.message).toContain(join(process.env.DOCKER_CONFIG ?? "", "config.json"));
    expect(JSON.stringify(diagnostic)).not.toMatch(
      new RegExp(`${secret}|${basicOf("somebody-else").slice(6)}`),
    );
  });

  it("names a configuration that is damaged, and shows nothing of it", async () => {
    demand(basicOf(), 'Basic realm="reg"');
    const file = join(process.env.DOCKER_CONFIG ?? "", "config.json");
    writeFileSync(file, `{"auths": {"x": {"auth": "${secret}\n`);
    const { diagnostic, temporary } = await faultOf("acme/run:24");
    expect(diagnostic).toMatchObject({ code: "registry/bad-credential-file", location: { file } });
    expect(JSON.stringify(diagnostic)).not.toContain(secret);
    expect(temporary).toBe(false);
  });

  it("that offers a way nobody knows is refused entry", async () => {
    demand("Negotiate x", "Negotiate");
    expect((await faultOf("acme/run:24")).diagnostic.code).toBe("registry/denied");
  });
});
