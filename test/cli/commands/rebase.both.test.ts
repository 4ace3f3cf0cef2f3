import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeEach, describe, expect, it } from "vitest";
import type { RebaseResult } from "../../../src/rebase/result.ts";
import { appImage, digestOf, putWhole, putWholeIndex, type TestImage } from "../../helpers/app-images.ts";
import { type RunSettings, type Workplace, workplace } from "../../helpers/program.ts";
import { startRegistry, type TestRegistry } from "../../helpers/registry.ts";

const schemaFile = join(import.meta.dirname, "..", "..", "..", "schema", "rebase.schema.json");
const validate = new Ajv({ strict: true, strictTypes: false, formats: { uri: URL.canParse } }).compile(
  JSON.parse(readFileSync(schemaFile, "utf8")),
);

let place: Workplace;
let registry: TestRegistry;
let app: string;
beforeEach(async () => {
  place = await workplace();
  registry = place.registry;
  app = `${registry.host}/shop/app:1`;
});

const architectures = ["amd64", "arm64"];
const run = (words: readonly string[], settings?: RunSettings) => place.run(["rebase", ...words], settings);

function putApp(base: readonly string[] = ["base", "old"], more: Partial<TestImage> = {}): string {
  const runImage = { image: `${registry.host}/shop/run:24` };
  const images = architectures.map((architecture) => appImage(base, runImage, { architecture, ...more }));
  return putWholeIndex(registry, "shop/app", "1", images, true);
}

function putRun(layers: readonly string[], server = registry): string {
  const images = architectures.map((architecture) => ({ architecture, layers }));
  return putWholeIndex(server, "shop/run", "24", images);
}

/** Of what stands under a name. */
function digestAt(repository: string, name: string): string | undefined {
  const bytes = registry.contentOf(repository, "manifests", name);
  return bytes && digestOf(bytes);
}

async function result(words: readonly string[], status = 0): Promise<RebaseResult> {
  const { exitCode, stdout, stderr } = await run([...words, "--json"]);
  const faults = stderr.replace(/^Sending .*\n/gm, "");
  expect({ exitCode, faults }).toEqual({ exitCode: status, faults: "" });
  const value: unknown = JSON.parse(stdout);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  return value as RebaseResult;
}

const writes = () => registry.lines.filter((line) => !/^(GET|HEAD) /.test(line));

describe("rebase", () => {
  it("puts all platforms on the new run image, and tells it", async () => {
    const before = putApp();
    const newer = putRun(["base", "new", "patch"]);
    const told = await result([app]);
    const now = digestAt("shop/app", "1");
    expect(now).not.toBe(before);
    expect(told).toMatchObject({
      image: app,
      digest: before,
      outdated: true,
      pushed: { digest: now, tags: [app] },
      droppedAttestations: 2,
      layers: { there: 1, mounted: 2, sent: 0 },
    });
    expect(told.platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    expect(told.platforms[0]).toMatchObject({
      outdated: true,
      runImage: { name: `${registry.host}/shop/run:24`, digest: newer },
      layers: { kept: 2, removed: 2, added: 3 },
    });
    expect(
      told.platforms.map(({ newDigest }) => registry.contentOf("shop/app", "manifests", newDigest ?? "")),
    ).not.toContain(undefined);
    expect(writes().at(-1)).toBe("PUT shop/app/manifests/1");
  });

  it("says what it did, for people", async () => {
    putApp();
    putRun(["base", "new"]);
    const { stdout, stderr, exitCode } = await run([app]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("rebase/entries-dropped");
    const text = stdout.replaceAll(registry.host, "registry.example").replace(/[0-9a-f]{12,64}/g, "DIGEST");
    expect(text.replace(/[\d.]+ kB/g, "SIZE")).toBe(`registry.example/shop/app:1
  linux/amd64  rebased onto registry.example/shop/run:24@sha256:DIGEST, was registry.example/acme/run@sha256:0 (2 layers replaced by 2, 2 kept)
  linux/arm64  rebased onto registry.example/shop/run:24@sha256:DIGEST, was registry.example/acme/run@sha256:0 (2 layers replaced by 2, 2 kept)
Pushed: registry.example/shop/app:1 (sha256:DIGEST)
Layers: 1 already present, 1 mounted in the registry, 0 uploaded.
Received SIZE, sent SIZE.
`);
  });

  it("pushes nothing where nothing has changed, not even the layers' names are asked for", async () => {
    const before = putApp();
    putRun(["base", "old"]);
    const { stdout, stderr, exitCode } = await run([app]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toContain("Already up to date.");
    expect(digestAt("shop/app", "1")).toBe(before);
    expect(registry.lines.every((line) => line.startsWith("GET "))).toBe(true);
    expect((await result([app])).outdated).toBe(false);
  });

  it("replaces an image without an index by another one without", async () => {
    putWhole(
      registry,
      "shop/app",
      appImage(["base"], { image: `${registry.host}/shop/run:24` }),
      "1",
      "docker",
    );
    putRun(["base", "new"]);
    const { pushed, droppedAttestations } = await result([app]);
    expect(droppedAttestations).toBe(0);
    const manifest = JSON.parse(registry.contentOf("shop/app", "manifests", "1")?.toString() ?? "");
    expect(digestAt("shop/app", "1")).toBe(pushed?.digest);
    const types = [manifest, ...manifest.layers].map(({ mediaType }: { mediaType: string }) => mediaType);
    expect(types.filter((type) => !type.startsWith("application/vnd.docker."))).toEqual([]);
  });

  it("writes the result under other tags, and leaves its own", async () => {
    const before = putApp();
    putRun(["base", "new"]);
    const tags = [`${registry.host}/shop/app:2`, `${registry.host}/shop/copy:1`];
    const { pushed } = await result([app, ...tags.map((tag) => `--tag=${tag}`)]);
    expect(pushed?.tags).toEqual(tags);
    expect(digestAt("shop/app", "1")).toBe(before);
    expect(digestAt("shop/app", "2")).toBe(pushed?.digest);
    expect(digestAt("shop/copy", "1")).toBe(pushed?.digest);
    for (const layer of ["base", "new", "app", "launcher"]) {
      expect(registry.contentOf("shop/copy", "blobs", digestOf(layer))?.toString()).toBe(layer);
    }
  });

  it("gives another repository all that is listed still, also where nothing has changed", async () => {
    const before = putApp();
    putRun(["base", "old"]);
    const { pushed, outdated } = await result([
      `${registry.host}/shop/app@${before}`,
      `--tag=${registry.host}/shop/copy:1`,
    ]);
    expect(outdated).toBe(false);
    expect(pushed?.digest).toBe(before);
    const index = JSON.parse(registry.contentOf("shop/copy", "manifests", "1")?.toString() ?? "");
    expect(index.manifests).toHaveLength(4);
    for (const { digest } of index.manifests) {
      const manifest = JSON.parse(registry.contentOf("shop/copy", "manifests", digest)?.toString() ?? "");
      for (const blob of [manifest.config, ...manifest.layers]) {
        expect(registry.contentOf("shop/copy", "blobs", blob.digest)).toBeDefined();
      }
    }
  });

  it("takes the run image of a mirror that the label names where the first may not be read", async () => {
    const other = await startRegistry();
    const mirrors = [`${other.host}/shop/run:24`];
    putWhole(
      registry,
      "shop/app",
      appImage(["base"], { image: `${registry.host}/shop/run:24`, mirrors }),
      "1",
    );
    putRun(["base", "new"], other);
    registry.intercept = (request, response) => {
      if (request.url?.includes("/shop/run/manifests/") !== true) return false;
      response.writeHead(403).end();
      return true;
    };
    const { layers, platforms } = await result([app]);
    expect(platforms[0]?.runImage.name).toBe(`${other.host}/shop/run:24`);
    expect(layers).toEqual({ there: 1, mounted: 0, sent: 1 });
    expect(registry.contentOf("shop/app", "blobs", digestOf("new"))?.toString()).toBe("new");
  });

  it("asks a mirror for the run image, and never for the image that it replaces", async () => {
    const mirror = await startRegistry();
    putApp();
    putRun(["base", "new"], mirror);
    putRun(["base", "new"]);
    expect((await result([app, `--registry-mirror=${registry.host}=${mirror.host}`])).outdated).toBe(true);
    expect(mirror.lines.filter((line) => line.includes("shop/app"))).toEqual([]);
    expect(mirror.lines.filter((line) => line.includes("shop/run/manifests/24"))).toHaveLength(1);
  });

  it("leaves a tag alone that somebody moves meanwhile", async () => {
    putApp();
    putRun(["base", "new"]);
    let moved = "";
    registry.intercept = (request) => {
      if (request.method === "PUT" && moved === "") moved = putApp(["base", "old", "more"]);
      return false;
    };
    const { exitCode, stderr } = await run([app]);
    expect(stderr).toContain("rebase/tag-moved");
    expect(exitCode).toBe(75);
    expect(digestAt("shop/app", "1")).toBe(moved);
  });
});

describe("rebase --check", () => {
  it("says what there is, and asks for nothing but manifests and configs", async () => {
    const before = putApp();
    putRun(["base", "new"]);
    const told = await result(["--check", app]);
    expect(told).toMatchObject({ outdated: true, digest: before, layers: { there: 0, mounted: 0, sent: 0 } });
    expect(told).not.toHaveProperty("pushed");
    expect((await run(["--check", app])).stdout).toContain("can be rebased onto");
    expect(writes()).toEqual([]);
    expect(digestAt("shop/app", "1")).toBe(before);
    // The image's name by digest is enough.
    expect((await result(["--check", `${registry.host}/shop/app@${before}`])).outdated).toBe(true);
  });

  it("has an exit code of its own where that is asked for", async () => {
    putApp();
    putRun(["base", "new"]);
    expect((await run(["--exit-code", app])).exitCode).toBe(3);
    expect(writes()).toEqual([]);
    putRun(["base", "old"]);
    expect((await run(["--exit-code", app])).exitCode).toBe(0);
  });
});

describe("rebase refuses", () => {
  it.each<[string, readonly string[], string, number]>([
    ["an image that is not there", ["APP:9"], "rebase/image-not-found", 1],
    ["a name that is none", ["A b"], "plan/bad-reference", 1],
    ["a digest without a tag", [`APP@sha256:${"0".repeat(64)}`], "rebase/needs-tag", 1],
    ["a digest as a tag", ["APP:1", `--tag=APP@sha256:${"0".repeat(64)}`], "rebase/needs-tag", 1],
    ["an image in a directory", ["oci-layout://./app"], "rebase/not-in-registry", 1],
    ["a run image in a daemon", ["APP:1", "--run-image=docker-daemon://run"], "rebase/not-in-registry", 1],
    ["a run image that is not there", ["APP:1", "--run-image=APP:9"], "rebase/run-image-not-found", 1],
    ["a run image that is none of the label's", ["APP:1", "--run-image=APP:1"], "rebase/other-run-image", 1],
    ["--check with --tag", ["APP:1", "--check", "--tag=APP:2"], "cli/flags-in-conflict", 2],
    ["--exit-code with --tag", ["APP:1", "--exit-code", "--tag=APP:2"], "cli/flags-in-conflict", 2],
    ["no name", [], "cli/wrong-use", 2],
    ["two names", ["APP:1", "APP:2"], "cli/too-many-arguments", 2],
  ])("%s", async (_, words, code, status) => {
    putApp();
    putRun(["base", "new"]);
    const { exitCode, stderr } = await run(
      words.map((word) => word.replace("APP", `${registry.host}/shop/app`)),
    );
    expect(stderr).toContain(`[${code}]`);
    expect(exitCode).toBe(status);
    expect(writes()).toEqual([]);
  });

  it("before anything is pushed, what is wrong with any platform, and tells all of it", async () => {
    const runImage = { image: `${registry.host}/shop/run:24` };
    putWholeIndex(registry, "shop/app", "1", [
      appImage(["base"], runImage),
      { ...appImage(["base"], runImage), architecture: "arm64", labels: {} },
      { ...appImage(["base"], runImage), architecture: "s390x", labels: {} },
    ]);
    putRun(["base", "new"]);
    const { exitCode, stdout } = await run(["--json", app]);
    expect(exitCode).toBe(1);
    const codes = JSON.parse(stdout).diagnostics.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(["rebase/no-label", "rebase/no-label"]);
    expect(writes()).toEqual([]);
  });
});

describe("a registry that does not take the result", () => {
  it.each([
    ["429", (response: ServerResponse) => response.writeHead(429, { "retry-after": "3600" }).end(), 75],
    ["503", (response: ServerResponse) => response.writeHead(503).end(), 75],
    ["a connection that breaks", (response: ServerResponse) => response.destroy(), 75],
    ["403", (response: ServerResponse) => response.writeHead(403).end(), 1],
    ["400", (response: ServerResponse) => response.writeHead(400).end(), 1],
  ])("ends it with %s", async (_, refuse, status) => {
    putApp();
    putRun(["base", "new"]);
    const before = digestAt("shop/app", "1");
    registry.intercept = (request, response) => {
      if (request.method !== "PUT") return false;
      refuse(response);
      return true;
    };
    const { exitCode, stderr } = await run([app]);
    expect(exitCode, stderr).toBe(status);
    expect(digestAt("shop/app", "1")).toBe(before);
  });
});
