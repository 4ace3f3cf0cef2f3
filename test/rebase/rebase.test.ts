import { beforeEach, describe, expect, it } from "vitest";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { parseReference } from "../../src/image/reference.ts";
import { finishRebase } from "../../src/rebase/finish-rebase.ts";
import { planRebase, readTargets, runImageNames } from "../../src/rebase/plan-rebase.ts";
import { RepositoryClient } from "../../src/registry/client.ts";
import { HttpClient } from "../../src/registry/http/http.ts";
import { platformsOf, readWholeImage } from "../../src/registry/store/whole-image.ts";
import {
  appImage,
  digestOf,
  labelOf,
  lifecycleLabel,
  putWhole,
  putWholeIndex,
  type TestImage,
} from "../helpers/app-images.ts";
import { oddNames } from "../helpers/odd-names.ts";
import { startRegistry, type TestRegistry } from "../helpers/registry.ts";

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
});

const at = (name: string) => {
  const reference = parseReference(`${registry.host}/${name}`);
  if (reference === undefined) throw new Error(name);
  return reference;
};

async function read(name: string) {
  const reference = at(name);
  const access = { http: new HttpClient(), mirrors: new Map(), report: () => {} };
  const image = await readWholeImage(new RepositoryClient(reference, access), reference.tag ?? "latest");
  if (image === undefined) throw new Error(`${name} is not there`);
  return { reference, image };
}

/** Plans to put acme/app:1 on acme/run:24. */
async function plan({ force = false, run = "acme/run:24" } = {}) {
  const { reference, image } = await read("acme/app:1");
  const found = await read(run);
  const reported: Diagnostic[] = [];
  const runImage = { ...found, available: platformsOf(found.image) };
  const targets = readTargets(reference, image).map((target) => ({ ...target, runImage }));
  const planned = planRebase({ reference, targets, force }, (diagnostic) => reported.push(diagnostic));
  const finished = finishRebase(image, planned);
  const configs = finished.configs.map(({ bytes }) => JSON.parse(bytes.toString()));
  const manifests = finished.manifests.map(({ bytes }) => JSON.parse(bytes.toString()));
  return { planned, finished, configs, manifests, top: JSON.parse(finished.top.bytes.toString()), reported };
}

const faultsOf = (planned: Promise<unknown>): Promise<readonly Diagnostic[]> =>
  planned.then(
    () => [],
    (error: unknown) => {
      if (error instanceof CompileError) return error.diagnostics;
      throw error;
    },
  );

const named = () => ({ image: `${registry.host}/acme/run:24` });
const putApp = (more: Partial<TestImage> = {}, runImage: Readonly<Record<string, unknown>> = named()) =>
  putWhole(registry, "acme/app", appImage(["base", "old"], runImage, more), "1");
const putRun = (more: Partial<TestImage> = {}, kind: "oci" | "docker" = "oci") =>
  putWhole(registry, "acme/run", { layers: ["base", "new", "patch"], ...more }, "24", kind);

describe("a rebased image", () => {
  it("keeps labels and annotations whatever they are called", async () => {
    const odd = Object.fromEntries(oddNames.map((name) => [name, "x"]));
    putApp({ labels: odd });
    putRun();
    const { configs } = await plan();
    expect(Object.keys(configs[0].config.Labels)).toEqual(expect.arrayContaining([...oddNames]));
  });

  it("has the layers and history of the new run image, then the app's, all of 1980", async () => {
    putApp();
    putRun();
    const { configs, manifests, planned } = await plan();
    const layers = ["base", "new", "patch", "app", "launcher"];
    expect(configs[0].rootfs).toEqual({ type: "layers", diff_ids: layers.map(digestOf) });
    expect(manifests[0].layers.map(({ digest }: { digest: string }) => digest)).toEqual(layers.map(digestOf));
    const created = "1980-01-01T00:00:01Z";
    expect(configs[0].history).toEqual(layers.map((text) => ({ created, created_by: `makes ${text}` })));
    expect(configs[0].created).toBe(created);
    expect(planned[0]?.layers).toEqual({ kept: 2, removed: 2, added: 3 });
  });

  it("has history without a word where entries and layers do not belong together", async () => {
    putApp();
    putRun({ config: { history: [{ created_by: "one for all" }, { empty_layer: true }] } });
    const { configs } = await plan();
    expect(configs[0].history.slice(0, 3)).toEqual(Array(3).fill({ created: "1980-01-01T00:00:01Z" }));
    expect(configs[0].history[3]).toMatchObject({ created_by: "makes app" });
  });

  it("says what it stands on, and takes the run image's own labels over", async () => {
    putApp({ labels: { "io.buildpacks.base.id": "old", "io.buildpacks.stack.gone": "x", other: "own" } });
    const run = putRun({
      labels: { "io.buildpacks.base.id": "new", "io.buildpacks.base.more": "y", other: "run" },
    });
    const { Labels } = (await plan()).configs[0].config;
    expect(Labels).toEqual({
      "com.example.own": "yes",
      "io.buildpacks.base.id": "new",
      "io.buildpacks.base.more": "y",
      [lifecycleLabel]: expect.any(String),
      other: "own",
    });
    expect(JSON.parse(Labels[lifecycleLabel]).runImage).toEqual({
      ...named(),
      topLayer: digestOf("patch"),
      reference: `${registry.host}/acme/run:24@${run.digest}`,
    });
  });

  it("has the run image's platform, and all else of the app's", async () => {
    putApp({ variant: "v2", config: { author: "somebody", "os.version": "1" } });
    putRun({ variant: "v2", config: { "os.version": "2", author: "nobody" } });
    const { configs, manifests } = await plan();
    expect(configs[0]).toMatchObject({ os: "linux", variant: "v2", "os.version": "2", author: "somebody" });
    expect(configs[0].config.Env).toEqual(["CNB_PLATFORM_API=0.15"]);
    expect(manifests[0].annotations).toEqual({ "com.example.manifest": "kept" });
  });

  it("has the run image's layers with their annotations, but for BuildKit's own notes", async () => {
    putApp();
    putRun();
    const { image } = await read("acme/run:24");
    const [first, second, ...more] = image.images[0]?.stored.value.layers ?? [];
    const layers = [
      { ...first, annotations: { "buildkit/rewritten-timestamp": "1", "com.example.toc": "x" } },
      { ...second, annotations: { "buildkit/rewritten-timestamp": "1" } },
      ...more,
    ];
    registry.put("acme/run", "manifests", { ...image.top.value, layers }, "24");
    const { manifests } = await plan();
    expect(manifests[0].layers[0]).toEqual({ ...first, annotations: { "com.example.toc": "x" } });
    expect(manifests[0].layers[1]).toEqual(second);
  });

  it("has layers of its own manifest's types", async () => {
    putApp();
    putRun({}, "docker");
    const { manifests } = await plan();
    expect(new Set(manifests[0].layers.map(({ mediaType }: { mediaType: string }) => mediaType))).toEqual(
      new Set(["application/vnd.oci.image.layer.v1.tar+gzip"]),
    );
  });

  it("is not made where the run image is the same, though its digest is another", async () => {
    putApp();
    putRun({ layers: ["base", "old"], config: { author: "somebody else" } });
    const { finished, manifests } = await plan();
    expect(manifests).toEqual([]);
    expect(finished.top.digest).toBe((await read("acme/app:1")).image.top.digest);
  });

  it("is made where the run image's labels alone have changed", async () => {
    putApp({ labels: { "io.buildpacks.base.id": "old" } });
    putRun({ layers: ["base", "old"], labels: { "io.buildpacks.base.id": "new" } });
    expect((await plan()).manifests).toHaveLength(1);
  });

  it("is laid out as the one before it was", async () => {
    putApp();
    putRun();
    expect((await plan()).finished.top.bytes.toString()).not.toContain("\n");
    const { image } = await read("acme/app:1");
    registry.put("acme/app", "manifests", JSON.stringify(image.top.value, null, 2), "1");
    expect((await plan()).finished.top.bytes.toString()).toMatch(/^\{\n {2}"schemaVersion": 2,\n/);
  });
});

describe("a rebased index", () => {
  const putIndex = (base = ["base", "old"]) =>
    putWholeIndex(
      registry,
      "acme/app",
      "1",
      [appImage(["base", "old"], named()), appImage(base, named(), { architecture: "arm64", variant: "v8" })],
      true,
    );
  const run = (layers: readonly string[]) =>
    putWholeIndex(
      registry,
      "acme/run",
      "24",
      [{ layers }, { layers, architecture: "arm64", variant: "v8" }],
      true,
    );

  it("has new images in the old places, its annotations, and no attestation of images that are gone", async () => {
    putIndex();
    run(["base", "new"]);
    const { top, finished, manifests } = await plan();
    expect(top.manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64", variant: "v8" },
    ]);
    expect(top.manifests.map(({ digest }: { digest: string }) => digest)).toEqual(
      finished.manifests.map(({ digest }) => digest),
    );
    expect(top.manifests.map(({ size }: { size: number }) => size)).toEqual(
      finished.manifests.map(({ bytes }) => bytes.length),
    );
    expect(top.annotations).toEqual({ "com.example.index": "kept" });
    expect(finished.dropped).toHaveLength(2);
    expect(manifests).toHaveLength(2);
  });

  it("keeps an image that stands right already, and its attestation", async () => {
    putIndex(["base", "new"]);
    run(["base", "new"]);
    const { top, finished, manifests } = await plan();
    const before = (await read("acme/app:1")).image.index?.manifests ?? [];
    expect(manifests).toHaveLength(1);
    expect(finished.dropped).toHaveLength(1);
    expect(top.manifests.slice(1)).toEqual([before[1], before[3]]);
  });

  it("stands on the run image of the same variant, else on one that leaves it open", async () => {
    putApp({ variant: "v2" });
    const images = [
      { layers: ["open"] },
      { layers: ["v3"], variant: "v3" },
      { layers: ["v2"], variant: "v2" },
    ];
    putWholeIndex(registry, "acme/run", "24", images);
    expect((await plan()).configs[0].rootfs.diff_ids[0]).toBe(digestOf("v2"));
    putWholeIndex(registry, "acme/run", "24", images.slice(0, 2));
    expect((await plan()).configs[0].rootfs.diff_ids[0]).toBe(digestOf("open"));
  });

  it("names every platform that the run image lacks", async () => {
    putIndex();
    putRun({ architecture: "s390x" });
    const faults = await faultsOf(plan());
    expect(faults.map(({ code }) => code)).toEqual(["rebase/platform-missing", "rebase/platform-missing"]);
    expect(faults.map(({ message }) => message)).toEqual([
      expect.stringContaining("linux/amd64"),
      expect.stringContaining("linux/arm64"),
    ]);
    expect(faults[0]?.message).toContain("only has linux/s390x");
  });
});

describe("a rebase is refused", () => {
  it.each<[string, Partial<TestImage>, Partial<TestImage>]>([
    ["rebase/not-rebasable", { labels: { "io.buildpacks.rebasable": "false" } }, {}],
    [
      "rebase/other-target",
      { labels: { "io.buildpacks.base.distro.name": "debian" } },
      { labels: { "io.buildpacks.base.distro.name": "ubuntu" } },
    ],
    ["rebase/other-target", {}, { labels: { "io.buildpacks.base.distro.version": "12" } }],
  ])("by %s, and with --force only told", async (code, app, run) => {
    putApp(app);
    putRun(run);
    expect((await faultsOf(plan())).map((fault) => fault.code)).toEqual([code]);
    const { reported, manifests } = await plan({ force: true });
    expect(reported.map(({ code: told, severity }) => [told, severity])).toEqual([[code, "warning"]]);
    expect(manifests).toHaveLength(1);
  });

  it("by a run image that the label does not name; --force has it named", async () => {
    putApp({}, { image: "registry.example/acme/run:24", mirrors: ["mirror.example/run:24"] });
    putRun();
    const [fault] = await faultsOf(plan());
    expect(fault?.code).toBe("rebase/other-run-image");
    expect(fault?.message).toContain("registry.example/acme/run:24, mirror.example/run:24");
    const { configs } = await plan({ force: true });
    expect(JSON.parse(configs[0].config.Labels[lifecycleLabel]).runImage.image).toBe(
      `${registry.host}/acme/run:24`,
    );
  });

  it("not for what one of the two leaves open", async () => {
    putApp({ variant: "v2", labels: { "io.buildpacks.base.distro.name": "debian" } });
    putRun();
    expect((await plan()).manifests).toHaveLength(1);
  });

  it("by a run image of another stack, or one without a mixin, below Platform API 0.12, whatever is forced", async () => {
    const stack = "io.buildpacks.stack.id";
    const mixins = "io.buildpacks.stack.mixins";
    const env = ["CNB_PLATFORM_API=0.11"];
    putApp({ env, labels: { [stack]: "a", [mixins]: '["curl", "run:git"]' } });
    putRun({ labels: { [stack]: "b" } });
    expect((await faultsOf(plan({ force: true }))).map(({ code }) => code)).toEqual(["rebase/other-stack"]);
    putRun({ labels: { [stack]: "a", [mixins]: '["build:curl"]' } });
    const faults = await faultsOf(plan({ force: true }));
    expect(faults.map(({ code }) => code)).toEqual(["rebase/missing-mixins"]);
    expect(faults[0]?.message).toContain("needs the mixins git, which");
    putRun({ labels: { [stack]: "a", [mixins]: '["curl", "git"]' } });
    expect((await plan()).manifests).toHaveLength(1);
  });

  it("where no buildpack made the image, or something has changed its layers", async () => {
    const image = appImage(["base"], named());
    putWholeIndex(registry, "acme/app", "1", [
      { ...image, labels: {} },
      { ...image, architecture: "arm64", labels: { [lifecycleLabel]: labelOf("squashed") } },
    ]);
    putRun();
    const faults = await faultsOf(plan());
    expect(faults.map(({ code }) => code)).toEqual(["rebase/no-label", "rebase/no-top-layer"]);
  });

  it("where an index lists no image", async () => {
    putWholeIndex(registry, "acme/app", "1", []);
    putRun();
    expect((await faultsOf(plan())).map(({ code }) => code)).toEqual(["rebase/no-image"]);
  });
});

describe("the run image is looked for", () => {
  const names = async (runImage: Readonly<Record<string, unknown>>, wanted?: string) => {
    putApp({}, runImage);
    const { reference, image } = await read("acme/app:1");
    const [target] = readTargets(reference, image);
    if (target === undefined) throw new Error("no target");
    return runImageNames(target, reference, wanted === undefined ? undefined : parseReference(wanted)).map(
      ({ name }) => name,
    );
  };

  it("on the app's own registry first, then in the label's order", async () => {
    const own = `${registry.host}/acme/run`;
    const mirrors = ["mirror.example/run:24", `${own}:24`];
    expect(await names({ image: "acme/run:24", mirrors })).toEqual([own, "acme/run", "mirror.example/run"]);
  });

  it("where the user says, and nowhere else", async () => {
    expect(await names({ image: "acme/run:24" }, "acme/other:1")).toEqual(["acme/other"]);
  });

  it("in vain where the label names none", async () => {
    await expect(names({})).rejects.toThrow("rebase/no-run-image");
  });
});
