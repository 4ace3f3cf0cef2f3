import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { unpackTar } from "modern-tar";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { writeCache } from "../../../src/export/cache/cache.ts";
import { isCacheCurrent } from "../../../src/export/cache/cache-check.ts";
import { readCacheState } from "../../../src/export/cache/cache-directory.ts";
import { namedTars } from "../../../src/export/cache/old-metadata.ts";
import { readBuildpackLayers } from "../../../src/export/image/buildpack-layers.ts";
import { directoryLayer, tarDigest } from "../../../src/layer/lifecycle-tar.ts";
import { absent } from "../../helpers/absent.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { needsRoot } from "../../helpers/needs-root.ts";
import { oddNames } from "../../helpers/odd-names.ts";
import { chownTree, listTree, writeTree } from "../trees.ts";

needsRoot("give files to the build's user");

const owner = { uid: 1001, gid: 1000 };
const metadataName = "io.buildpacks.lifecycle.cache.metadata";

function makeBuild(): string {
  const root = temporaryDirectory();
  writeTree(root, {
    "layers/example_node/node.toml": `[types]\nlaunch = true\ncache = true\n[metadata]\nv = "<1>"\n`,
    "layers/example_node/node/bin": "node",
    "layers/example_node/deps.toml": "[types]\ncache = true\n",
    "layers/example_node/deps/a": "a",
    "layers/example_node/tools.toml": "[types]\nlaunch = true\n",
    "layers/example_node/tools/t": "t",
    "layers/sbom/cache/example_node/deps/sbom.cdx.json": "{}",
  });
  chownTree(root, "1001:1000");
  return root;
}

function layersOf(root: string, platformApi = "0.15") {
  const group = [
    { id: "example/node", version: "1" },
    { id: "other", version: "2" },
  ];
  const buildpacks = readBuildpackLayers(root, "/layers", group);
  return { root, layersDirectory: "/layers", owner, platformApi, buildpacks };
}

function write(
  root: string,
  cache: string,
  platformApi = "0.15",
  restoredSha: (path: string) => string | undefined = () => undefined,
) {
  const lines: string[] = [];
  const warnings: Diagnostic[] = [];
  writeCache(
    { ...layersOf(root, platformApi), cacheDirectory: cache, restoredSha },
    (line) => lines.push(line),
    (warning) => warnings.push(warning),
  );
  return { lines, warnings };
}

function digest(root: string, path: string): string {
  return tarDigest(directoryLayer({ root, path, owner, onLeftOut: () => undefined }));
}

/** Checks what a reader relies on: the metadata names tars that are there and whose bytes have that digest. */
function checkReadable(cache: string): string[] {
  const committed = join(cache, "committed");
  const metadata = JSON.parse(readFileSync(join(committed, metadataName), "utf8"));
  const shas = metadata.buildpacks.flatMap(({ layers }: { layers: Record<string, { sha: string }> }) =>
    Object.values(layers).map(({ sha }) => sha),
  );
  for (const sha of [...shas, metadata.sbom.sha]) {
    const bytes = readFileSync(join(committed, `${sha}.tar`));
    expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(sha);
  }
  return shas;
}

describe("the cache", () => {
  it("holds the lifecycle's metadata and a tar, with the layer's digest, per cached layer", () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    const { lines } = write(root, cache);
    const node = digest(root, "/layers/example_node/node");
    const deps = digest(root, "/layers/example_node/deps");
    const sbom = digest(root, "/layers/sbom/cache");
    expect(readFileSync(join(cache, "committed", metadataName), "utf8")).toBe(
      `{"sbom":{"sha":"${sbom}"},"buildpacks":[{"key":"example/node","version":"1","layers":{` +
        `"deps":{"sha":"${deps}","data":null,"build":false,"launch":false,"cache":true},` +
        `"node":{"sha":"${node}","data":{"v":"\\u003c1\\u003e"},"build":false,"launch":true,"cache":true}}},` +
        `{"key":"other","version":"2","layers":{}}]}\n`,
    );
    expect(checkReadable(cache)).toEqual([deps, node]);
    expect(lines).toEqual([
      "cache example/node:deps 3.6 kB written",
      "cache example/node:node 3.6 kB written",
    ]);
    for (const path of [
      "",
      "committed",
      ...readdirSync(join(cache, "committed")).map((name) => `committed/${name}`),
    ]) {
      const { uid, gid } = lstatSync(join(cache, path));
      expect([path, uid, gid]).toEqual([path, 1001, 1000]);
    }
  });

  it("holds layers whatever they are called, also when they are written a second time", () => {
    const root = temporaryDirectory();
    const files = oddNames.flatMap((name) => [
      [`layers/example_node/${name}.toml`, "[types]\ncache = true\n"] as const,
      [`layers/example_node/${name}/file`, name] as const,
    ]);
    writeTree(root, {
      ...Object.fromEntries(files),
      "layers/sbom/cache/example_node/constructor/sbom.cdx.json": "{}",
    });
    chownTree(root, "1001:1000");
    const cache = temporaryDirectory();
    write(root, cache);
    const before = checkReadable(cache);
    expect(before).toHaveLength(oddNames.length);
    const named = namedTars(readFileSync(join(cache, "committed", metadataName), "utf8"));
    expect(named).toEqual(expect.arrayContaining(before));
    const { lines } = write(root, cache);
    expect(lines.filter((line) => line.endsWith(" kept"))).toHaveLength(oddNames.length);
    expect(checkReadable(cache)).toEqual(before);
  });

  it.each(["0.12", "0.13"])(
    "calls no layer a launch layer at Platform API %s, whose restorer would skip it",
    (api) => {
      const cache = temporaryDirectory();
      write(makeBuild(), cache, api);
      const { buildpacks } = JSON.parse(readFileSync(join(cache, "committed", metadataName), "utf8"));
      expect(buildpacks[0].layers.node).toMatchObject({ launch: false, cache: true });
    },
  );

  it("leaves an unchanged layer where it is and forgets what is no more wanted", () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    write(root, cache);
    const tar = join(cache, "committed", `${digest(root, "/layers/example_node/node")}.tar`);
    const before = lstatSync(tar).ino;
    writeFileSync(join(root, "layers/example_node/deps/a"), "changed");
    expect(write(root, cache).lines).toEqual([
      "cache example/node:deps 3.6 kB written",
      "cache example/node:node 3.6 kB kept",
    ]);
    expect(lstatSync(tar).ino).toBe(before);
    expect(checkReadable(cache)).toHaveLength(2);
    expect(readdirSync(join(cache, "committed"))).toHaveLength(4);
  });

  it("replaces a damaged tar, and a cache whose metadata is damaged", () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    write(root, cache);
    appendFileSync(join(cache, "committed", `${digest(root, "/layers/example_node/node")}.tar`), "x");
    expect(write(root, cache).lines).toContain("cache example/node:node 3.6 kB written");
    checkReadable(cache);
    writeFileSync(join(cache, "committed", metadataName), '{"buildpacks":[{"key":');
    expect(write(root, cache).lines).toContain("cache example/node:node 3.6 kB written");
    checkReadable(cache);
  });

  describe("that is looked at while the image is made", () => {
    /** A build whose cache is written, and one layer too large to be read again for that. */
    const written = () => {
      const root = makeBuild();
      truncateSync(join(root, "layers/example_node/node/bin"), 17 << 20);
      const cache = temporaryDirectory();
      write(root, cache);
      return { root, cache, sha: digest(root, "/layers/example_node/node") };
    };
    const node = "/layers/example_node/node";
    const look = (root: string, cache: string, sha?: string) => {
      const before = listTree(cache);
      const warnings: Diagnostic[] = [];
      const isCurrent = isCacheCurrent(
        {
          ...layersOf(root),
          cacheDirectory: cache,
          restoredSha: (path) => (path === node ? sha : undefined),
        },
        (warning) => warnings.push(warning),
      );
      expect(listTree(cache)).toEqual(before);
      return { isCurrent, warnings };
    };

    it("is current for the same layers, of which those are not read that are as they were restored", () => {
      const { root, cache, sha } = written();
      rmSync(join(root, `${node}/bin`));
      expect(look(root, cache, sha)).toEqual({ isCurrent: true, warnings: [] });
    });

    it("is not where that would take to read a large layer", () => {
      const { root, cache } = written();
      expect(look(root, cache).isCurrent).toBe(false);
    });

    it("is not where another build has written another tar of a restored layer, with the same metadata", () => {
      const { root, cache } = written();
      expect(look(root, cache, `sha256:${"a".repeat(64)}`).isCurrent).toBe(false);
    });

    it("says what writing it would have said", () => {
      const { root, cache, sha } = written();
      execFileSync("mkfifo", [join(root, "layers/example_node/deps/pipe")]);
      expect(look(root, cache, sha).warnings.map(({ code }) => code)).toEqual(["export/left-out"]);
    });

    it.each<[string, (place: { readonly root: string; readonly committed: string }) => void]>([
      [
        "the SBOMs are a link",
        ({ root }) => {
          rmSync(join(root, "layers/sbom/cache"), { recursive: true });
          symlinkSync("/tmp", join(root, "layers/sbom/cache"));
        },
      ],
      ["it lacks a tar", ({ root, committed }) => rmSync(join(committed, `${digest(root, node)}.tar`))],
      [
        "it has a tar of another size",
        ({ root, committed }) =>
          appendFileSync(join(committed, `${digest(root, "/layers/example_node/deps")}.tar`), "x"),
      ],
      ["it is of other layers", ({ committed }) => writeFileSync(join(committed, metadataName), "{}")],
      ["it is not there", ({ committed }) => rmSync(committed, { recursive: true })],
      [
        "its description is a link",
        ({ committed }) => {
          rmSync(join(committed, metadataName));
          symlinkSync("/etc/passwd", join(committed, metadataName));
        },
      ],
      [
        "a layer has other metadata",
        ({ root }) =>
          writeFileSync(
            join(root, `${node}.toml`),
            `[types]\nlaunch = true\ncache = true\n[metadata]\nv = "2"\n`,
          ),
      ],
      [
        "a layer has another type",
        ({ root }) =>
          writeFileSync(join(root, `${node}.toml`), `[types]\ncache = true\n[metadata]\nv = "<1>"\n`),
      ],
      ["a layer is another", ({ root }) => writeFileSync(join(root, "layers/example_node/deps/a"), "b")],
      ["a layer is gone", ({ root }) => rmSync(join(root, "layers/example_node/deps.toml"))],
      [
        "the SBOMs are others",
        ({ root }) =>
          writeFileSync(join(root, "layers/sbom/cache/example_node/deps/sbom.cdx.json"), '{"a":1}'),
      ],
    ])("is not where %s", (_, change) => {
      const { root, cache, sha } = written();
      change({ root, committed: join(cache, "committed") });
      expect(look(root, cache, sha).isCurrent).toBe(false);
    });
  });

  describe("of layers that are as they were restored", () => {
    it("keeps their tars, and does not read them", () => {
      const root = makeBuild();
      const cache = temporaryDirectory();
      write(root, cache);
      const before = checkReadable(cache);
      const shas = new Map(
        ["node", "deps"]
          .map((name) => `/layers/example_node/${name}`)
          .map((path) => [path, digest(root, path)]),
      );
      for (const layer of ["node/bin", "deps/a"]) rmSync(join(root, "layers/example_node", layer));
      expect(write(root, cache, "0.15", (path) => shas.get(path)).lines).toEqual([
        "cache example/node:deps 3.6 kB kept",
        "cache example/node:node 3.6 kB kept",
      ]);
      expect(checkReadable(cache)).toEqual(before);
    });

    it("reads them where another build has written another tar meanwhile, with the same metadata", () => {
      const cache = temporaryDirectory();
      const other = makeBuild();
      writeFileSync(join(other, "layers/example_node/node/bin"), "another");
      write(other, cache);
      const root = makeBuild();
      write(root, cache, "0.15", (path) => digest(root, path));
      expect(checkReadable(cache)).toContain(digest(root, "/layers/example_node/node"));
    });

    it("stores them where the cache has lost them", () => {
      const root = makeBuild();
      const cache = temporaryDirectory();
      const { lines } = write(root, cache, "0.15", (path) => digest(root, path));
      expect(lines).toContain("cache example/node:node 3.6 kB written");
      checkReadable(cache);
    });
  });

  it("has a state that is the same for the same cache, and another for any other", () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    const states = [readCacheState(cache)];
    const remember = () => states.push(readCacheState(cache));
    write(root, cache);
    remember();
    writeFileSync(join(root, "layers/example_node/deps/a"), "changed");
    write(root, cache);
    remember();
    appendFileSync(join(cache, "committed", `${digest(root, "/layers/example_node/node")}.tar`), "x");
    remember();
    rmSync(join(cache, "committed", metadataName));
    remember();
    expect(new Set(states).size).toBe(states.length);
    expect(readCacheState(cache)).toBe(states.at(-1));
    write(root, cache);
    expect(readCacheState(cache)).toBe(states[2]);
  });

  it("clears what a killed build left, and takes back a cache that the lifecycle had moved aside", () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    write(root, cache);
    renameSync(join(cache, "committed"), join(cache, "committed-backup"));
    mkdirSync(join(cache, "staging"));
    writeFileSync(join(cache, "staging/sha256:half.tar"), "half");
    const { lines } = write(root, cache);
    expect(lines.every((line) => line.endsWith("kept"))).toBe(true);
    expect(readdirSync(cache)).toEqual(["committed"]);
    checkReadable(cache);
  });

  it("stays readable at every step of a commit", () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    write(root, cache);
    const old = readFileSync(join(cache, "committed", metadataName));
    writeFileSync(join(root, "layers/example_node/deps/a"), "changed");
    // A build killed after it moved its tars: the old metadata stands beside old and new ones.
    const oldTar = `sha256:${createHash("sha256")
      .update(readFileSync(tarOf(cache, "deps")))
      .digest("hex")}.tar`;
    const kept = join(temporaryDirectory(), "kept");
    linkSync(join(cache, "committed", oldTar), kept);
    write(root, cache);
    renameSync(kept, join(cache, "committed", oldTar));
    writeFileSync(join(cache, "committed", metadataName), old);
    checkReadable(cache);
    write(root, cache);
    checkReadable(cache);
    expect(existsSync(join(cache, "committed", oldTar))).toBe(false);
  });

  it("splits hard links and leaves FIFOs out, which the restorer cannot read", async () => {
    const root = makeBuild();
    const cache = temporaryDirectory();
    const deps = join(root, "layers/example_node/deps");
    linkSync(join(deps, "a"), join(deps, "b"));
    execFileSync("mkfifo", [join(deps, "pipe")]);
    const { warnings } = write(root, cache);
    expect(warnings.map(({ code }) => code)).toEqual(["export/left-out"]);
    const packed = await unpackTar(readFileSync(tarOf(cache, "deps")));
    expect(packed.map(({ header: { name, type } }) => [name.replace(/\/$/, ""), type])).toEqual([
      ["/layers", "directory"],
      ["/layers/example_node", "directory"],
      ["/layers/example_node/deps", "directory"],
      ["/layers/example_node/deps/a", "file"],
      ["/layers/example_node/deps/b", "file"],
    ]);
  });

  it("warns of a layer without contents", () => {
    const root = makeBuild();
    rmSync(join(root, "layers/example_node/deps"), { recursive: true });
    const { warnings } = write(root, temporaryDirectory());
    expect(warnings).toMatchObject([
      {
        code: "export/layer-not-cached",
        message: "Layer example/node:deps is not cached: it has no contents.",
      },
    ]);
  });

  it("warns when it cannot be written", () => {
    const cache = join(temporaryDirectory(), "file");
    writeFileSync(cache, "");
    const { warnings } = write(makeBuild(), cache);
    expect(warnings.map(({ code }) => code)).toEqual(["export/cache-failed"]);
  });
});

/** The tar of a layer of example/node, by the metadata. */
function tarOf(cache: string, layer: string): string {
  const metadata = JSON.parse(readFileSync(join(cache, "committed", metadataName), "utf8"));
  return join(cache, "committed", `${metadata.buildpacks[0].layers[layer].sha}.tar`);
}

describe("a mount that somebody else filled", () => {
  /** What lies beside the mount, as the image's trees do. */
  function victim(): string {
    const directory = temporaryDirectory();
    writeTree(directory, { launcher: "launcher", [metadataName]: "{}" });
    return directory;
  }
  const fifo = (path: string) => execFileSync("mkfifo", [path]);

  it.each<readonly [string, (cache: string, elsewhere: string) => void]>([
    [
      "has a link in the place of the cache",
      (cache, elsewhere) => symlinkSync(elsewhere, join(cache, "committed")),
    ],
    [
      "has a link in the place of new tars",
      (cache, elsewhere) => symlinkSync(elsewhere, join(cache, "staging")),
    ],
    [
      "has a link in the place of the cache's backup",
      (cache, elsewhere) => symlinkSync(elsewhere, join(cache, "committed-backup")),
    ],
    [
      "has a link that leads nowhere in the place of the cache",
      (cache) => symlinkSync(`${absent}/at/all`, join(cache, "committed")),
    ],
    [
      "has a link in the place of the description",
      (cache, elsewhere) => {
        mkdirSync(join(cache, "committed"));
        symlinkSync(join(elsewhere, "launcher"), join(cache, "committed", metadataName));
      },
    ],
    [
      "has a FIFO in the place of the description",
      (cache) => {
        mkdirSync(join(cache, "committed"));
        fifo(join(cache, "committed", metadataName));
      },
    ],
    ["has a FIFO in the place of the cache", (cache) => fifo(join(cache, "committed"))],
    ["has a file in the place of the cache", (cache) => writeFileSync(join(cache, "committed"), "x")],
    [
      "has a directory in the place of the description",
      (cache) => mkdirSync(join(cache, "committed", metadataName), { recursive: true }),
    ],
    [
      "has a description of a gigabyte",
      (cache) => {
        mkdirSync(join(cache, "committed"));
        writeFileSync(join(cache, "committed", metadataName), "");
        truncateSync(join(cache, "committed", metadataName), 2 ** 30);
      },
    ],
    [
      "has links and FIFOs among the tars",
      (cache, elsewhere) => {
        mkdirSync(join(cache, "committed"));
        symlinkSync(join(elsewhere, "launcher"), join(cache, "committed", `sha256:${"a".repeat(64)}.tar`));
        fifo(join(cache, "committed", `sha256:${"b".repeat(64)}.tar`));
      },
    ],
  ])("%s: that is damage, and nothing is followed", (_, poison) => {
    const [cache, elsewhere] = [temporaryDirectory(), victim()];
    poison(cache, elsewhere);
    const { uid } = lstatSync(elsewhere);
    expect(readCacheState(cache)).toBe('{"metadata":"","sizesBytes":{}}\n');
    poisonAgain(cache, () => poison(cache, elsewhere));
    const { warnings } = write(makeBuild(), cache);
    expect(warnings).toEqual([]);
    checkReadable(cache);
    expect(readdirSync(elsewhere).sort()).toEqual([metadataName, "launcher"]);
    expect([readFileSync(join(elsewhere, "launcher"), "utf8"), lstatSync(elsewhere).uid]).toEqual([
      "launcher",
      uid,
    ]);
  });

  function poisonAgain(cache: string, poison: () => void): void {
    for (const name of readdirSync(cache)) rmSync(join(cache, name), { recursive: true });
    poison();
  }

  it("has a link in the place of a tar that is as it was: the tar is written anew", () => {
    const [root, cache] = [makeBuild(), temporaryDirectory()];
    write(root, cache);
    const committed = join(cache, "committed");
    const [tar = ""] = readdirSync(committed).filter((name) => name.endsWith(".tar"));
    const elsewhere = join(temporaryDirectory(), "tar");
    renameSync(join(committed, tar), elsewhere);
    symlinkSync(elsewhere, join(committed, tar));
    write(root, cache);
    checkReadable(cache);
    expect(lstatSync(join(committed, tar)).isFile()).toBe(true);
  });
});
