import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type CacheTransfer,
  exportCache,
  importCache,
  tryExport,
  tryImport,
  warnInside,
} from "../../../src/build/caches/buildpack-cache.ts";
import { readCachePlace } from "../../../src/build/caches/cache-place.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../../src/engines/build-request.ts";
import type { Engine } from "../../../src/engines/engine.ts";
import { layoutDigest } from "../../../src/engines/layout.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { type Heard, heardPorts } from "../../helpers/heard-ports.ts";
import { itStarting } from "../../helpers/starting.ts";

const index = JSON.stringify({ manifests: [] });
const digest = `sha256:${createHash("sha256").update(index).digest("hex")}`;
const request: BuildRequest = {
  context: "/app",
  file: { directory: "/app", name: "project.toml" },
  platforms: [{ os: "linux", architecture: "amd64" }],
  tags: ["docker.io/library/app:latest"],
  buildArguments: [{ name: "CNB_CACHE_ID", value: "shop" }],
  labels: ["a=b"],
  annotations: ["a=b"],
  outputs: [],
  noCache: true,
  noCacheFilter: [],
  pull: true,
  secrets: ["id=S"],
  ssh: ["default"],
  cacheFrom: ["registry.example/c"],
  cacheTo: ["registry.example/c"],
  buildContexts: [],
  attestations: { sbom: "true" },
  limits: { addHosts: [], allow: [], ulimits: [] },
  progress: "auto",
  metadataFile: "/somewhere/metadata.json",
};

/** A program that ends at once, with this exit code; and what it was asked for. */
function engineOf(exitCode: number): {
  readonly asked: BuildRequest[];
  readonly heard: Heard;
  readonly transfer: CacheTransfer;
} {
  const asked: BuildRequest[] = [];
  const engine: Engine = {
    name: "buildkit",
    title: "a BuildKit",
    platforms: [],
    versions: [],
    store: { kind: "none" },
    openHosts: [],
    nativePlatforms: [],
    isLimited: false,
    command: (wanted) => {
      asked.push(wanted);
      return { program: "sh", arguments: ["-c", `exit ${exitCode}`], env: {} };
    },
  };
  const { heard, ports } = heardPorts();
  return { asked, heard, transfer: { engine, request, border: wholeMachine, isDryRun: false, ports } };
}

/** A directory with an OCI layout of no image. */
function layout(): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
  writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [{ digest }] }));
  writeFileSync(join(directory, "blobs", digest.replace(":", "/")), index);
  return directory;
}

const placeOf = (text: string) => {
  const found: Diagnostic[] = [];
  const place = readCachePlace(text, "--buildpack-cache-to", found);
  return { place, codes: found.map(({ code }) => code) };
};

describe("a place", () => {
  it.each(["cache", "./cache", "../cache", "/var/cache", ".cache/app", "a/b", "./host.example/cache"])(
    "%s is a directory",
    (text) => {
      expect(placeOf(text).place.kind).toBe("directory");
    },
  );

  it.each([
    ["registry.example/app-cache:main", "registry.example/app-cache:main"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"],
    ["localhost/app", "localhost/app:latest"],
    ["docker.io/me/app", "docker.io/me/app:latest"],
  ])("%s is an image", (text, name) => {
    expect(placeOf(text)).toEqual({ place: { kind: "image", name, shown: text }, codes: [] });
  });

  it.each(["registry.example/App", `registry.example/app@${digest}`])("%s is neither", (text) => {
    expect(placeOf(text).codes).toEqual(["cli/bad-cache-place"]);
  });
});

describe("an import", () => {
  itStarting(
    "hands BuildKit the cache by a name, and asks for nothing else than that it be taken",
    async () => {
      const { asked, transfer } = engineOf(0);
      const directory = layout();
      expect(await importCache(transfer, placeOf(directory).place)).toBe("done");
      const { metadataFile: _, ...others } = request;
      expect(asked).toEqual([
        {
          ...others,
          ...{ target: "cache-import", tags: [], labels: [], annotations: [], noCache: false, pull: false },
          ...{ secrets: [], ssh: [], cacheFrom: [], cacheTo: [], attestations: { provenance: "false" } },
          buildContexts: [
            { name: "cnb-dockerfile.invalid/cache:image", value: `oci-layout://${directory}@${digest}` },
          ],
          outputs: [{ type: "cacheonly", attributes: {} }],
        },
      ]);
    },
  );

  it("of a directory without a cache is an error, and for a build the usual first time", async () => {
    const { asked, heard, transfer } = engineOf(0);
    const { place } = placeOf(join(temporaryDirectory(), "none"));
    const { faults } = await faultsOfAsync(importCache(transfer, place));
    expect(faults.map(({ code }) => code)).toEqual(["cli/no-cache"]);
    expect(await tryImport(transfer, place)).toBe(true);
    expect(heard.reported).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("of a damaged directory asks nothing of BuildKit", async () => {
    const { asked, heard, transfer } = engineOf(0);
    const directory = layout();
    appendFileSync(join(directory, "blobs", digest.replace(":", "/")), " ");
    const { place } = placeOf(directory);
    const { faults } = await faultsOfAsync(importCache(transfer, place));
    expect(faults.map(({ code }) => code)).toEqual(["cli/cache-damaged"]);
    expect(await tryImport(transfer, place)).toBe(true);
    expect(heard.reported.map(({ code }) => code)).toEqual(["cli/cache-not-imported"]);
    expect(asked).toEqual([]);
  });

  itStarting("that fails is a warning to a build", async () => {
    const { heard, transfer } = engineOf(1);
    expect(await tryImport(transfer, placeOf("registry.example/cache").place)).toBe(true);
    expect(heard.reported.map(({ code, severity }) => [code, severity])).toEqual([
      ["cli/cache-not-imported", "warning"],
    ]);
  });
});

describe("an export", () => {
  itStarting("pushes an image", async () => {
    const { asked, transfer } = engineOf(0);
    expect(await exportCache(transfer, placeOf("registry.example/cache:main").place)).toBe("done");
    expect(asked[0]).toMatchObject({
      target: "cache-export",
      tags: ["registry.example/cache:main"],
      outputs: [
        { type: "image", attributes: { push: "true", compression: "zstd", "oci-mediatypes": "true" } },
      ],
    });
  });

  itStarting("that fails is a warning to a build, and leaves what was there", async () => {
    const { heard, transfer } = engineOf(1);
    const directory = layout();
    expect(await tryExport(transfer, placeOf(directory).place)).toBe(true);
    expect(heard.reported.map(({ code, severity }) => [code, severity])).toEqual([
      ["cli/cache-not-exported", "warning"],
    ]);
    expect(layoutDigest(directory)).toBe(digest);
  });

  it("where nothing can be written is one, too", async () => {
    const { asked, heard, transfer } = engineOf(0);
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    expect(await tryExport(transfer, placeOf(join(file, "below", "cache")).place)).toBe(true);
    expect(heard.reported.map(({ code }) => code)).toEqual(["cli/cache-not-exported"]);
    expect(asked).toEqual([]);
  });

  it("does not write among other files", async () => {
    const { asked, transfer } = engineOf(0);
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "mine"), "");
    const { faults } = await faultsOfAsync(exportCache(transfer, placeOf(directory).place));
    expect(faults.map(({ code }) => code)).toEqual(["cli/cache-place-taken"]);
    expect(asked).toEqual([]);
  });
});

describe("a directory in the source", () => {
  const codes = (directory: string, source: string) => {
    const { heard, ports } = heardPorts();
    warnInside(placeOf(directory).place, source, wholeMachine, ports.report);
    return heard.reported.map(({ code }) => code);
  };

  it("is warned of, unless .dockerignore names it", () => {
    const source = temporaryDirectory();
    expect(codes(join(source, ".cache"), source)).toEqual(["cli/cache-in-source"]);
    expect(codes(join(source, "..", "cache"), source)).toEqual([]);
    writeFileSync(join(source, ".dockerignore"), "node_modules\n/.cache/\n");
    expect(codes(join(source, ".cache"), source)).toEqual([]);
  });
});
