import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseImageDescription } from "../../../src/contract/image-description.ts";
import { readCacheState, readMemory } from "../../../src/export/cache/cache-directory.ts";
import { seedCache } from "../../../src/export/cache/cache-seed.ts";
import { packCache, unpackCache } from "../../../src/export/cache/carry-cache.ts";
import { exportCache } from "../../../src/export/cache/export-cache.ts";
import { type ExportRequest, exportImage, recallLayers } from "../../../src/export/image/export-image.ts";
import { offerMemory } from "../../../src/export/memory/offer.ts";
import { recallTar } from "../../../src/export/memory/recall.ts";
import { hasMemory, takeImage } from "../../../src/export/memory/take-image.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { layerDigest } from "../../../src/layer/digest.ts";
import { parseToml } from "../../../src/toml/parse-toml.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf, faultsOf } from "../../helpers/errors.ts";
import { needsRoot } from "../../helpers/needs-root.ts";
import { oddNames } from "../../helpers/odd-names.ts";
import { chownTree, listTree, modeAt, writeTree } from "../trees.ts";

needsRoot("give files to the build's user");

const analyzed = (runImage: string) =>
  `[run-image]\nimage = "${runImage}"\nreference = "${runImage}"\n[run-image.target]\nos = "linux"\narch = "amd64"\n`;

const build = {
  "layers/group.toml": `[[group]]\nid = "acme/npm"\nversion = "1"\n`,
  "layers/config/metadata.toml": `[[processes]]\ntype = "web"\ncommand = ["node"]\nbuildpack-id = "acme/npm"\n`,
  "layers/acme_npm/modules.toml": `[types]\nlaunch = true\n[metadata]\nlock = "a1"\ncount = 2\n`,
  "layers/acme_npm/modules/bin/tool": "#!tool",
  "layers/acme_npm/modules/index.js": "index",
  "layers/acme_npm/cached.toml": "[types]\nlaunch = true\ncache = true\n",
  "layers/acme_npm/cached/x": "x",
  "layers/acme_npm/tools.toml": "[types]\nlaunch = true\nbuild = true\n",
  "layers/acme_npm/tools/x": "x",
  "layers/acme_npm/store.toml": `[metadata]\nseen = 3\n`,
  "layers/sbom/launch/acme_npm/modules/sbom.cdx.json": "{}",
  "layers/sbom/launch/acme_npm/cached/sbom.cdx.json": "{}",
  "layers/sbom/launch/acme_npm/tools/sbom.cdx.json": "{}",
  "workspace/app.js": "app",
  "cnb/lifecycle/launcher": "fake launcher\n",
};

/** Id of the app's cache mount. */
const mount = "cnb-dockerfile/shop/linux/amd64";

/** What an app's machine has: a cache mount, and what the compiler says of the platform. */
class Machine {
  readonly cache = temporaryDirectory();
  readonly platforms = temporaryDirectory();

  constructor(runImage = "run") {
    this.name(runImage);
  }

  name(runImage: string): void {
    writeTree(this.platforms, { "linux/amd64/analyzed.toml": analyzed(runImage) });
  }

  /** The step `cached`. Out: where it wrote, and what it said. */
  async look(execEnv = "production", offers = true) {
    const step = temporaryDirectory();
    const place = { offer: join(step, "offer"), kept: join(step, "kept") };
    const lines: string[] = [];
    await offerMemory(
      {
        ...{
          cacheDirectory: this.cache,
          platformsDirectory: this.platforms,
          platform: "linux/amd64",
          execEnv,
        },
        ...(offers ? { offerDirectory: place.offer } : {}),
        keptDirectory: place.kept,
      },
      (line) => lines.push(line),
    );
    return { ...place, lines };
  }

  request(root: string, kept: string, options: Partial<ExportRequest> = {}): ExportRequest {
    return {
      ...{
        root,
        layersDirectory: "/layers",
        appDirectory: "/workspace",
        lifecycleDirectory: "/cnb/lifecycle",
      },
      ...{ owner: { uid: 1001, gid: 1000 }, outputDirectory: join(temporaryDirectory(), "image") },
      ...{ launchSlots: 4, appSlots: 1, onlyGenerated: false, platformApi: "0.15", execEnv: "production" },
      cacheDirectory: this.cache,
      memory: {
        ...{ platformsDirectory: this.platforms, platform: "linux/amd64", execEnv: "production" },
        keptDirectory: kept,
      },
      ...options,
    };
  }

  /** Out: where the carried cache is. */
  pack(): string {
    const carried = join(temporaryDirectory(), "carried");
    packCache({ cacheDirectory: this.cache, mount }, carried, () => undefined);
    return carried;
  }

  unpack(carried: string): void {
    unpackCache({ cacheDirectory: this.cache, mount }, carried, () => undefined);
  }

  /** The step `export` of a release that remembers nothing. */
  async exportForgetting(root: string): Promise<void> {
    const { memory: _, ...request } = this.request(root, (await this.look()).kept);
    exportImage(
      request,
      () => undefined,
      () => undefined,
    );
  }

  /** The step `export`. Out: the image's trees. */
  async export(root: string, kept: string, options: Partial<ExportRequest> = {}) {
    const request = this.request(root, kept, options);
    const lines: string[] = [];
    const recalled = await recallLayers(request);
    exportImage(
      { ...request, recalled },
      (line) => lines.push(line),
      () => undefined,
    );
    recalled.remove();
    const image = parseImageDescription(readFileSync(join(request.outputDirectory, "image.json"), "utf8"));
    return { output: request.outputDirectory, lines, image };
  }
}

/** A build whose buildpack made its layer, with all that a layer can have. */
function madeBuild(files: Record<string, string> = {}): string {
  const root = temporaryDirectory();
  writeTree(root, { ...build, ...files });
  const modules = join(root, "layers/acme_npm/modules");
  chownTree(root, "1001:1000");
  linkSync(join(modules, "index.js"), join(modules, "main.js"));
  symlinkSync("tool", join(modules, "bin/say"));
  symlinkSync("/nowhere/else", join(modules, "bin/dangling"));
  chmodSync(join(modules, "bin/tool"), 0o4755);
  chmodSync(join(modules, "bin"), 0o2711);
  chmodSync(modules, 0o700);
  return root;
}

/** The next build, whose buildpack kept its layer by leaving its metadata as it was restored. */
function keepingBuild(files: Record<string, string> = {}): string {
  const root = madeBuild(files);
  rmSync(join(root, "layers/acme_npm/modules"), { recursive: true });
  return root;
}

const committed = (machine: Machine) => readdirSync(join(machine.cache, "committed")).sort();

describe("the memory of an app's last image", () => {
  it("holds launch layers without cache, their bills of materials and the store; offers those for launch alone, without digests", async () => {
    const machine = new Machine();
    const { kept } = await machine.look();
    await machine.export(madeBuild(), kept);
    const memory = readMemory(machine.cache);
    expect(memory?.buildpacks).toMatchObject([
      {
        id: "acme/npm",
        layers: [{ name: "modules", dataJson: '{"count":2,"lock":"a1"}' }, { name: "tools" }],
        storeJson: '{"seen":3}',
      },
    ]);
    const next = await machine.look();
    expect(parseToml(readFileSync(join(next.offer, "analyzed.toml"), "utf8"))).toEqual({
      "run-image": { image: "run", reference: "run", target: { os: "linux", arch: "amd64" } },
      image: { reference: "cnb-dockerfile.invalid/remembered:image" },
      metadata: {
        buildpacks: [
          {
            key: "acme/npm",
            layers: { modules: { launch: true, metadata: { count: 2, lock: "a1" } } },
            store: { metadata: { seen: 3 } },
          },
        ],
      },
    });
    expect(listTree(join(next.offer, "sbom"))).toEqual([
      ...["launch/", "launch/acme_npm/"],
      ...["launch/acme_npm/modules/", "launch/acme_npm/modules/sbom.cdx.json"],
      ...["launch/acme_npm/tools/", "launch/acme_npm/tools/sbom.cdx.json"],
    ]);
    expect(next.lines).toEqual([
      expect.stringMatching(/^memory acme\/npm:modules \S+ \S+ offered$/),
      expect.stringMatching(/^memory acme\/npm:tools \S+ \S+ available$/),
    ]);
  });

  const types = (...names: readonly string[]) =>
    `[types]\n${names.map((name) => `${name} = true\n`).join("")}[metadata]\nlock = "a1"\n`;

  it.each([
    [["launch"], ["launch"]],
    [["launch"], ["launch", "build"]],
    [
      ["launch", "build"],
      ["launch", "build"],
    ],
    [["launch", "build"], ["launch"]],
  ])(
    "gives back a layer that was for %s when its buildpack says %s and writes no contents",
    async (before, now) => {
      const machine = new Machine();
      const toml = "layers/acme_npm/modules.toml";
      const first = await machine.export(
        madeBuild({ [toml]: types(...before) }),
        (await machine.look()).kept,
      );
      for (const _ of ["the next build", "and the one after it"]) {
        const next = await machine.export(
          keepingBuild({ [toml]: types(...now) }),
          (await machine.look()).kept,
        );
        expect(layersIn(next.output)).toEqual(layersIn(first.output));
        expect(next.lines).toContain("layer acme/npm:modules kept from the last image");
      }
    },
  );

  it.each([
    ["was cached", ["launch", "cache"], ["launch"], "Cannot reuse layer acme/npm:modules"],
    ["was cached and for the build", ["launch", "build", "cache"], ["launch", "build"], "Cannot reuse layer"],
    ["is to be cached", ["launch"], ["launch", "cache"], "is cache = true but has no contents"],
    ["was not in the image", ["build"], ["launch"], "Cannot reuse layer acme/npm:modules"],
  ])("has no contents of a layer that %s", async (_, before, now, said) => {
    const machine = new Machine();
    const toml = "layers/acme_npm/modules.toml";
    await machine.export(madeBuild({ [toml]: types(...before) }), (await machine.look()).kept);
    const { kept } = await machine.look();
    const request = machine.request(keepingBuild({ [toml]: types(...now) }), kept);
    const [fault] = faultsOf(() =>
      exportImage(
        request,
        () => undefined,
        () => undefined,
      ),
    );
    expect(fault).toMatchObject({
      code: "export/layer-without-contents",
      message: expect.stringContaining(said),
    });
  });

  it("holds layers and stores whatever they are called, and offers them", async () => {
    const machine = new Machine();
    const quoted = oddNames.map((name) => JSON.stringify(name));
    const table = quoted.map((name) => `${name} = { ${name} = 1 }\n`).join("");
    const tomls = oddNames.map((name) => [
      `layers/acme_npm/${name}.toml`,
      `[types]\nlaunch = true\n[metadata]\n${table}`,
    ]);
    const files = { ...Object.fromEntries(tomls), "layers/acme_npm/store.toml": `[metadata]\n${table}` };
    const contents = oddNames.map((name) => [`layers/acme_npm/${name}/file`, name]);
    const made = madeBuild({ ...files, ...Object.fromEntries(contents) });
    await machine.export(made, (await machine.look()).kept);
    const { kept, offer } = await machine.look();
    const offered = readFileSync(join(offer, "analyzed.toml"), "utf8");
    const [buildpack] = (parseToml(offered) as { metadata: { buildpacks: unknown[] } }).metadata
      .buildpacks as [{ layers: Record<string, unknown>; store: { metadata: object } }];
    const sorted = [...oddNames].sort();
    const data = `{${sorted.map((name) => `"${name}":{"${name}":1}`).join(",")}}`;
    expect(Object.keys(buildpack.layers).sort()).toEqual([...oddNames, "modules"].sort());
    for (const name of oddNames) {
      expect(JSON.stringify(new Map(Object.entries(buildpack.layers)).get(name))).toBe(
        `{"launch":true,"metadata":${data}}`,
      );
    }
    expect(JSON.stringify(buildpack.store.metadata)).toBe(data);
    const { lines } = await machine.export(keepingBuild(files), kept);
    for (const name of oddNames) expect(lines).toContain(`layer acme/npm:${name} kept from the last image`);
    // The same of an image that is replaced.
    const replaced = new Machine();
    const directory = temporaryDirectory();
    writeTree(directory, { "analyzed.toml": offered });
    const image = { cacheDirectory: replaced.cache, imageDirectory: made, execEnv: "production" };
    takeImage({ ...image, offerDirectory: directory }, () => undefined);
    expect(readMemory(replaced.cache)?.buildpacks[0]?.layers.map(({ name }) => name)).toEqual(
      [...oddNames, "modules"].sort(),
    );
    expect(readMemory(replaced.cache)?.buildpacks[0]?.storeJson).toBe(data);
  });

  it("gives a kept layer back as it was: the image has the same layers as the one before", async () => {
    const machine = new Machine();
    const first = await machine.export(madeBuild(), (await machine.look()).kept);
    const before = committed(machine);
    const { kept } = await machine.look();
    const second = await machine.export(keepingBuild(), kept);
    expect(layersIn(second.output)).toEqual(layersIn(first.output));
    expect(second.image.lifecycleMetadata).toEqual(first.image.lifecycleMetadata);
    expect(second.lines).toContain("layer acme/npm:modules kept from the last image");
    expect(committed(machine)).toEqual(before);
    // A third build is offered the same again.
    const third = await machine.export(keepingBuild(), (await machine.look()).kept);
    expect(layersIn(third.output)).toEqual(layersIn(first.output));
  });

  it("names the tar for whoever assembles the image, and finds the same cache", async () => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const { kept } = await machine.look();
    const root = keepingBuild();
    const { image, output } = await machine.export(root, kept, { onlyGenerated: true });
    const layer = image.layers.find(({ name }) => name === "modules");
    expect(layer?.source).toEqual({
      stage: "cached",
      path: expect.stringMatching(`^${kept}/contents/sha256:`),
    });
    expect(listTree(output)).not.toContain("launch-1/");
    const recalled = join(temporaryDirectory(), "tree");
    await recallTar(byteStringOf(layer?.source.path ?? ""), recalled);
    expect(modeAt(join(recalled, "layer"))).toBe("700");
    expect(modeAt(join(recalled, "layer/bin"))).toBe("2711");
    expect(modeAt(join(recalled, "layer/bin/tool"))).toBe("4755");
    expect(lstatSync(join(recalled, "layer/main.js")).nlink).toBe(2);
    expect(JSON.parse(readFileSync(join(output, "cache.json"), "utf8"))).toEqual({
      ...{ isCurrent: true, unchanged: {} },
    });
  });

  it("takes a kept layer from what was offered when the mount was emptied meanwhile", async () => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const before = committed(machine);
    const { kept } = await machine.look();
    rmSync(join(machine.cache, "committed"), { recursive: true });
    await machine.export(keepingBuild(), kept);
    expect(committed(machine)).toEqual(before);
    expect((await machine.look()).lines).toHaveLength(2);
  });

  it("is written only where it changed", async () => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const { sha } = readMemory(machine.cache)?.buildpacks[0]?.layers[0] ?? { sha: "" };
    const inode = () => lstatSync(join(machine.cache, "committed", `${sha}.tar`)).ino;
    const before = inode();
    const { lines } = await machine.export(madeBuild(), (await machine.look()).kept);
    expect(inode()).toBe(before);
    expect(lines).toContainEqual(expect.stringMatching(/^memory acme\/npm:modules .* kept$/));
    await machine.export(
      madeBuild({ "layers/acme_npm/modules/index.js": "new" }),
      (await machine.look()).kept,
    );
    expect(committed(machine)).not.toContain(`${sha}.tar`);
  });

  it.each([
    [
      "another run image",
      async (machine: Machine) => {
        machine.name("other");
        return machine.look();
      },
    ],
    ["another execution environment", async (machine: Machine) => machine.look("test")],
  ])("offers nothing for %s", async (_, look) => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const { offer, kept, lines } = await look(machine);
    expect(listTree(offer)).toEqual(["analyzed.toml"]);
    expect(readFileSync(join(offer, "analyzed.toml"), "utf8")).not.toContain("metadata");
    expect(readdirSync(join(kept, "contents"))).toEqual([]);
    expect(lines).toEqual([expect.stringContaining("memory: not used")]);
    expect(
      codesOf(() =>
        exportImage(
          machine.request(keepingBuild(), kept),
          () => undefined,
          () => undefined,
        ),
      ),
    ).toEqual(["export/layer-without-contents"]);
  });

  it("offers nothing where a previous image was named, and remembers that build as any other", async () => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const { kept, lines } = await machine.look("production", false);
    expect([listTree(kept), lines]).toEqual([["contents/", "layers.json"], []]);
    await machine.export(madeBuild(), kept);
    expect((await machine.look()).lines).toHaveLength(2);
  });

  it("holds what was kept of a previous image that was named, for the next build that names none", async () => {
    const machine = new Machine();
    const image = madeBuild();
    const { kept } = await machine.look("production", false);
    const root = keepingBuild();
    const request = (previousDirectory?: string) => {
      const { memory, ...others } = machine.request(root, kept);
      const place = previousDirectory === undefined ? {} : { previousDirectory };
      return { ...others, cacheDirectory: machine.cache, ...(memory && { memory: { ...memory, ...place } }) };
    };
    const write = (asked: ReturnType<typeof request>): string[] => {
      const lines: string[] = [];
      exportCache(
        asked,
        (line) => lines.push(line),
        () => undefined,
      );
      return lines;
    };
    // Without the image there is nothing to remember, and nothing is claimed.
    write(request());
    expect(readMemory(machine.cache)?.buildpacks[0]?.layers.map(({ name }) => name)).toEqual(["tools"]);
    expect(readFileSync(join((await machine.look()).offer, "analyzed.toml"), "utf8")).not.toContain(
      "modules",
    );
    expect(write(request(image))).toContainEqual(
      expect.stringMatching(/^memory acme\/npm:modules .* written$/),
    );
    expect(write(request(image))).toContainEqual(expect.stringMatching(/^memory acme\/npm:modules .* kept$/));
    const next = await machine.export(keepingBuild(), (await machine.look()).kept);
    expect(next.lines).toContain("layer acme/npm:modules kept from the last image");
    const made = await new Machine().export(madeBuild(), kept);
    expect(layersIn(next.output)["launch-1"]).toBe(layersIn(made.output)["launch-1"]);
  });

  it("takes nothing of a previous image through a link, or that is not there", async () => {
    const machine = new Machine();
    const { kept } = await machine.look("production", false);
    const linked = keepingBuild();
    symlinkSync(join(madeBuild(), "layers/acme_npm/modules"), join(linked, "layers/acme_npm/modules"));
    for (const previousDirectory of [linked, temporaryDirectory()]) {
      const { memory, ...others } = machine.request(keepingBuild(), kept);
      exportCache(
        {
          ...others,
          cacheDirectory: machine.cache,
          ...(memory && { memory: { ...memory, previousDirectory } }),
        },
        () => undefined,
        () => undefined,
      );
      expect(readMemory(machine.cache)?.buildpacks[0]?.layers.map(({ name }) => name)).toEqual(["tools"]);
    }
  });

  it("does not change what the restorer is known by", async () => {
    const [with_, without] = [new Machine(), new Machine()];
    await with_.export(madeBuild(), (await with_.look()).kept);
    await without.exportForgetting(madeBuild());
    expect(readCacheState(with_.cache)).toBe(readCacheState(without.cache));
  });
});

describe("a memory that is damaged is a miss:", () => {
  const damages: readonly (readonly [string, (committed: string, sha: string) => void])[] = [
    ["a tar that is gone", (committed, sha) => rmSync(join(committed, `${sha}.tar`))],
    ["a tar that is another", (committed, sha) => appendFileSync(join(committed, `${sha}.tar`), "x")],
    [
      "a description of another release",
      (committed) => writeFileSync(join(committed, "cnb-dockerfile.json"), '{"version":2}'),
    ],
    [
      "a description that is no JSON",
      (committed) => writeFileSync(join(committed, "cnb-dockerfile.json"), "{"),
    ],
    [
      "metadata that is no JSON",
      (committed) => {
        const path = join(committed, "cnb-dockerfile.json");
        writeFileSync(path, readFileSync(path, "utf8").replace('"dataJson":"{', '"dataJson":"['));
      },
    ],
    [
      "a layer's name that leads elsewhere",
      (committed) => {
        const path = join(committed, "cnb-dockerfile.json");
        writeFileSync(path, readFileSync(path, "utf8").replace('"name":"modules"', '"name":"../modules"'));
      },
    ],
    [
      "a link in its place",
      (committed) => {
        rmSync(join(committed, "cnb-dockerfile.json"));
        symlinkSync("/etc/passwd", join(committed, "cnb-dockerfile.json"));
      },
    ],
  ];
  it.each(damages)("%s", async (_, damage) => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const { sha } = readMemory(machine.cache)?.buildpacks[0]?.layers[0] ?? { sha: "" };
    damage(join(machine.cache, "committed"), sha);
    readCacheState(machine.cache);
    const { offer, kept } = await machine.look();
    expect(readFileSync(join(offer, "analyzed.toml"), "utf8")).not.toContain("modules");
    expect(readFileSync(join(kept, "layers.json"), "utf8")).not.toContain("modules");
    await machine.export(madeBuild(), kept);
    expect(readFileSync(join((await machine.look()).offer, "analyzed.toml"), "utf8")).toContain("modules");
  });
});

describe("a layer is not remembered where it would come back as another:", () => {
  const others = [{ name: "tools" }];
  it.each<readonly [string, (root: string) => void, readonly object[]]>([
    [
      "with a FIFO",
      (root) => void execFileSync("mkfifo", [join(root, "layers/acme_npm/modules/fifo")]),
      others,
    ],
    [
      "with a name that is not UTF-8",
      (root) => writeFileSync(Buffer.from(`${root}/layers/acme_npm/modules/\xE9`, "latin1"), ""),
      others,
    ],
    ["below a directory of an unusual mode", (root) => chmodSync(join(root, "layers/acme_npm"), 0o775), []],
  ])("%s", async (_, change, unaffected) => {
    const machine = new Machine();
    const root = madeBuild();
    change(root);
    await machine.export(root, (await machine.look()).kept);
    expect(readMemory(machine.cache)?.buildpacks).toMatchObject([
      { layers: unaffected, storeJson: '{"seen":3}' },
    ]);
  });
});

describe("an empty memory", () => {
  const offer = (layers: string) =>
    `${analyzed("run")}[image]\nreference = "old"\n[metadata]\n[[metadata.buildpacks]]\nkey = "acme/npm"\n${layers}`;
  const modules = `[metadata.buildpacks.layers.modules]\nlaunch = true\n[metadata.buildpacks.layers.modules.metadata]\nlock = "a1"\n`;

  function take(machine: Machine, image: string, text: string, execEnv = "production"): string[] {
    const offerDirectory = temporaryDirectory();
    writeTree(offerDirectory, { "analyzed.toml": text });
    const lines: string[] = [];
    takeImage({ cacheDirectory: machine.cache, offerDirectory, imageDirectory: image, execEnv }, (line) =>
      lines.push(line),
    );
    return lines;
  }

  it("is filled from an image, as that image's own build would have filled it", async () => {
    const machine = new Machine();
    expect(hasMemory(machine.cache)).toBe(false);
    chownSync(machine.cache, 1001, 1000);
    const store = `[metadata.buildpacks.store.metadata]\nseen = 3.0\n`;
    // A layer that was cached too, is listed for a buildpack that keeps it, and comes back from the cache.
    const tools = `[metadata.buildpacks.layers.tools]\nlaunch = true\nbuild = true\n`;
    const cached = `[[metadata.buildpacks]]\nkey = "acme/npm"\n[metadata.buildpacks.layers.cached]\nlaunch = true\ncache = true\n`;
    take(machine, madeBuild(), offer(modules + tools + store + cached));
    expect(hasMemory(machine.cache)).toBe(true);
    const other = new Machine();
    const changed = { "layers/acme_npm/modules.toml": `[types]\nlaunch = true\n[metadata]\nlock = "a1"\n` };
    await other.export(madeBuild(changed), (await other.look()).kept);
    expect(readMemory(machine.cache)).toEqual(readMemory(other.cache));
    const { lines } = await machine.export(keepingBuild(changed), (await machine.look()).kept);
    expect(lines).toContain("layer acme/npm:modules kept from the last image");
  });

  it("is filled beside cached layers, which stay as they are", async () => {
    const machine = new Machine();
    await machine.exportForgetting(madeBuild());
    const before = readCacheState(machine.cache);
    take(machine, madeBuild(), offer(modules));
    expect(readCacheState(machine.cache)).toBe(before);
    expect(readMemory(machine.cache)?.buildpacks[0]?.layers).toHaveLength(1);
  });

  it("stays as it is where it holds something", async () => {
    const machine = new Machine();
    await machine.export(madeBuild(), (await machine.look()).kept);
    const before = committed(machine);
    take(machine, madeBuild({ "layers/acme_npm/modules/index.js": "other" }), offer(modules));
    expect(committed(machine)).toEqual(before);
  });

  it("takes no layer that the image has by its label alone, or that is a link in it", () => {
    const [machine, other] = [new Machine(), new Machine()];
    take(machine, keepingBuild(), offer(modules));
    expect(readMemory(machine.cache)).toBeUndefined();
    const linked = keepingBuild();
    rmSync(join(linked, "layers/acme_npm"), { recursive: true });
    symlinkSync(join(madeBuild(), "layers/acme_npm"), join(linked, "layers/acme_npm"));
    take(other, linked, offer(modules));
    expect(readMemory(other.cache)).toBeUndefined();
  });
});

describe("a memory on its way", () => {
  it("goes to another machine with the cache", async () => {
    const [one, other] = [new Machine(), new Machine()];
    await one.export(madeBuild(), (await one.look()).kept);
    const carried = one.pack();
    other.unpack(carried);
    expect(committed(other)).toEqual(committed(one));
    const again = await other.export(keepingBuild(), (await other.look()).kept);
    expect(again.lines).toContain("layer acme/npm:modules kept from the last image");
  });

  it.each([
    ["has none, as of an earlier release", undefined],
    ["is another release's", `{"version":2}`],
  ])("is a miss where it %s, and the cached layers come along", async (_, text) => {
    const [one, other] = [new Machine(), new Machine()];
    await one.export(madeBuild(), (await one.look()).kept);
    const carried = one.pack();
    const { memory: __, ...cache } = JSON.parse(readFileSync(join(carried, "cache.json"), "utf8"));
    const described = { ...cache, ...(text === undefined ? {} : { memory: text }) };
    writeFileSync(join(carried, "cache.json"), JSON.stringify(described));
    other.unpack(carried);
    expect(readCacheState(other.cache)).toBe(readCacheState(one.cache));
    expect((await other.look()).lines).toEqual([]);
  });

  it("is taken over from the base of a scope", async () => {
    const [base, own] = [new Machine(), new Machine()];
    await base.export(madeBuild(), (await base.look()).kept);
    expect(seedCache({ cacheDirectory: own.cache, baseDirectory: base.cache, baseScope: "main" })).toMatch(
      /^cache: copied from/,
    );
    expect(committed(own)).toEqual(committed(base));
  });

  it("is nothing where a cache of an earlier release has none", async () => {
    const machine = new Machine();
    await machine.exportForgetting(madeBuild());
    const { lines, offer } = await machine.look();
    expect([lines, listTree(offer)]).toEqual([[], ["analyzed.toml"]]);
  });
});

/** Digests of the trees that become layers. */
function layersIn(output: string): Record<string, string> {
  const trees = readdirSync(output, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return Object.fromEntries(
    trees.map(({ name }) => [name, layerDigest(byteStringOf(join(output, name)), () => undefined)]),
  );
}
