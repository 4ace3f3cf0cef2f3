import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rankAddresses } from "../../../src/build/engine/rank-addresses.ts";
import { absent } from "../../helpers/absent.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { describeProject, runBuild, runBuildOrThrow } from "../build-steps.ts";
import { configOf, frontendBuild, writeDescriptor } from "../frontend-steps.ts";
import { type SecondBuildkit, startSecondBuildkit } from "../second-buildkit.ts";
import { cnbDockerfile, doors, generate, layerDigests } from "../steps.ts";
import { cachingGroup } from "./caching-group.ts";

const platforms = ["linux/amd64"];
const run = Date.now();
let lab: Lab;
let work: string;
/** Nodes that have never seen an app, but for what a test has built there. */
let nodes: readonly SecondBuildkit[];

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-cache-image-"));
  nodes = await Promise.all(
    ["one", "two"].map((name) => startSecondBuildkit(lab, { name: `cache-image-${name}` })),
  );
});
afterAll(async () => {
  for (const node of nodes ?? []) await node.close();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

const on = (index: 0 | 1) => ({ ...nodes[index]?.environment });
const imageOf = (title: string) => `${lab.registry}/e2e/cached-app:${title}-${run}`;
const cacheOf = (title: string) => `${lab.registry}/e2e/cache-image:${title}-${run}`;
const idOf = (title: string) => `com.example.cache-image-${title}-${run}`;

/** A layer that is cached, and one that is only in the image and in what is remembered of it. */
const group = `
[[io.buildpacks.group]]
id = "lab/keep"

[[io.buildpacks.group]]
id = "example/caches"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
layer="$CNB_LAYERS_DIR/kept"
if [ -e "$layer/file" ]; then echo "found the cached layer"; else echo "made the cached layer"; fi
mkdir -p "$layer"
head -c 100000 /dev/urandom > "$layer/file"
printf '[types]\\ncache = true\\nbuild = true\\n' > "$layer.toml"
'''
`;

function makeApp(title: string): string {
  const directory = join(work, title);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "tool.version"), "1");
  writeFileSync(join(directory, "unique.txt"), directory);
  writeFileSync(join(directory, "app.txt"), "");
  return directory;
}

const change = (directory: string, text: string) => writeFileSync(join(directory, "app.txt"), text);

/** What a build found of earlier ones. */
const found = (log: string) => ({
  cached: log.includes("found the cached layer"),
  launchOnly: log.includes("keeping layer 'tool'"),
});
const nothing = { cached: false, launchOnly: false };
const everything = { cached: true, launchOnly: true };
const fetches = (log: string) => log.includes("take the buildpack cache");

/** Digests of an image's layers as they are when they are unpacked. */
async function unpackedDigests(name: string): Promise<string[]> {
  const { stdout } = await lab.crane(["manifest", "--platform=linux/amd64", name]);
  const { layers }: { layers: { digest: string; mediaType: string }[] } = JSON.parse(stdout);
  return Promise.all(
    layers.map(async ({ digest, mediaType }) => {
      const blob = `${name.replace(/:[^:/]+$/, "")}@${digest}`;
      const unpack = mediaType.endsWith("+zstd") ? "zstd -dc" : "gzip -dc";
      const { stdout: sum } = await execa(
        "sh",
        ["-c", `"$0" blob "$1" | ${unpack} | sha256sum`, lab.tools.crane, blob],
        {
          env: lab.environment,
        },
      );
      return `sha256:${sum.slice(0, 64)}`;
    }),
  );
}

describe("a cache image", () => {
  const built = (
    title: string,
    env: Readonly<Record<string, string>>,
    words: readonly string[] = [`--cache-image=${cacheOf(title)}`],
  ) =>
    runBuildOrThrow(
      lab,
      join(work, title),
      [
        "--progress=plain",
        "--platform=linux/amd64",
        `--output=type=oci,dest=${join(work, `${title}.tar`)}`,
      ].concat(words),
      env,
    );

  it("gives a BuildKit that has never seen the app its layers, and is not asked for by one that has them", async () => {
    const directory = makeApp("carried");
    describeProject(lab, directory, idOf("carried"), group);
    change(directory, "first");
    const first = await built("carried", {});
    expect(first).not.toContain("cache-image-unusable");
    expect(first).toContain(`Pushed: ${cacheOf("carried")}`);
    expect(found(first)).toEqual(nothing);
    change(directory, "second");
    const cold = await built("carried", on(0));
    expect(found(cold), cold).toEqual(everything);
    expect(fetches(cold)).toBe(true);
    change(directory, "third");
    const warm = await built("carried", on(0));
    expect(found(warm)).toEqual(everything);
    expect(fetches(warm)).toBe(false);
  });

  it("is read through the frontend and for a generated file, which write none", async () => {
    const directory = makeApp("carried");
    const before = (await lab.crane(["digest", cacheOf("carried")])).stdout;
    writeDescriptor(lab, directory, idOf("carried"), group);
    change(directory, "fourth");
    const argument = `--build-arg=CNB_CACHE_IMAGE=${cacheOf("carried")}`;
    const request = { context: directory, platforms, name: imageOf("carried"), env: on(1) };
    // Where the project came from is no part of its id here: the client says nothing of it.
    const log = await frontendBuild(lab, { ...request, words: ["--file=project.toml", argument] });
    expect(log).toContain("[frontend/cache-image-unusable]");
    expect(log).toContain("The cache belongs to");
    expect(found(log)).toEqual(nothing);
    const scoped = ["--build-arg=CNB_CACHE_SCOPE=shared"];
    describeProject(lab, directory, idOf("carried"), group);
    await built("carried", {}, [`--cache-image=${cacheOf("carried")}`, "--cache-scope=shared"]);
    writeDescriptor(lab, directory, idOf("carried"), group);
    change(directory, "fifth");
    const words = ["--file=project.toml", argument, ...scoped];
    expect(found(await frontendBuild(lab, { ...request, words }))).toEqual(everything);
    describeProject(lab, directory, idOf("carried"), group);
    const dockerfile = await generate(directory, [
      ...["--platform=linux/amd64", "--cache-scope=shared"],
      ...doors["our frontend"](),
    ]);
    writeFileSync(join(directory, "Dockerfile"), dockerfile);
    change(directory, "sixth");
    const ofFile = await frontendBuild(lab, {
      ...request,
      words: ["--file=Dockerfile", argument, ...scoped],
    });
    expect(found(ofFile)).toEqual(everything);
    expect((await lab.crane(["digest", cacheOf("carried")])).stdout).toBe(before);
  });

  it("that only the project names is read, and not written", async () => {
    const directory = makeApp("named");
    const more = `\n[io.github.cnb-dockerfile]\ncache-image = "${cacheOf("named")}"\n${group}`;
    describeProject(lab, directory, idOf("named"), more);
    await built("named", {}, []);
    const { exitCode } = await lab.crane(["digest", cacheOf("named")], { reject: false });
    expect(exitCode).not.toBe(0);
    change(directory, "second");
    await built("named", {});
    change(directory, "third");
    expect(found(await built("named", on(0), []))).toEqual(everything);
  });

  it("is of one scope; where there is none, that of its base is read", async () => {
    const directory = makeApp("scoped");
    describeProject(lab, directory, idOf("scoped"), group);
    const scope = (text: string) => [`--cache-image=${cacheOf("scoped")}`, `--cache-scope=${text}`];
    expect(await built("scoped", {}, scope("main"))).toContain(`Pushed: ${cacheOf("scoped")}-main`);
    change(directory, "second");
    expect(found(await built("scoped", on(0), scope("other")))).toEqual(nothing);
    const log = await built("scoped", on(0), scope("pr-7:main"));
    expect(found(log), log).toEqual(everything);
    expect(log).toContain(`Pushed: ${cacheOf("scoped")}-pr-7`);
  });

  it("of another app, or that is none, is refused with a warning, and the build makes everything", async () => {
    const directory = makeApp("refused");
    describeProject(lab, directory, idOf("refused"), group);
    const other = await built("refused", on(0), [`--cache-image=${cacheOf("scoped")}-main`]);
    expect(other).toContain("[frontend/cache-image-unusable]");
    expect(found(other)).toEqual(nothing);
    await lab.crane(["copy", lab.images.runBase, cacheOf("refused")]);
    const none = await built("refused", on(1));
    expect(none).toContain("[frontend/cache-image-unusable]");
    expect(found(none)).toEqual(nothing);
  });

  it("has a new BuildKit name the layers that the registry has: none but the app's is copied and sent", async () => {
    const directory = makeApp("pushed");
    describeProject(lab, directory, idOf("pushed"), cachingGroup("keep large 1 3000000 true"));
    writeFileSync(join(directory, "Procfile"), "web: cat app.txt\n");
    const name = imageOf("pushed");
    const words = [
      ...["--progress=plain", "--platform=linux/amd64", `--tag=${name}`, "--push"],
      `--cache-image=${cacheOf("pushed")}`,
    ];
    await runBuildOrThrow(lab, directory, words, {});
    const before = await layerDigests(lab, name, "linux/amd64");
    change(directory, "second");
    const seen = (await lab.registryRequests("e2e/cached-app")).length;
    const log = await runBuildOrThrow(lab, directory, words, on(0));
    expect(log).toContain("Reusing cached layer 'large'");
    const after = await layerDigests(lab, name, "linux/amd64");
    const changed = after.filter((digest) => !before.includes(digest));
    expect(changed).toHaveLength(1);
    expect(log.match(/layer in the registry: sha256:/g)?.length, log).toBeGreaterThan(3);
    const asked = (await lab.registryRequests("e2e/cached-app")).slice(seen);
    const sent = asked.flatMap(({ method, path }) =>
      method === "PUT"
        ? (/\/blobs\/uploads\/.*digest=([^&]+)/.exec(path)?.slice(1).map(decodeURIComponent) ?? [])
        : [],
    );
    expect(sent.filter((digest) => after.includes(digest))).toEqual(changed);
    // None is fetched either.
    const fetched = asked.filter(
      ({ method, path }) => method === "GET" && after.some((digest) => path.endsWith(digest)),
    );
    expect(fetched).toEqual([]);
    // The layers are what image and label say of them, and make an image that starts.
    const { config, rootfs } = await configOf(lab, name, "linux/amd64");
    expect(await unpackedDigests(name)).toEqual(rootfs.diff_ids);
    const label = config.Labels["io.buildpacks.lifecycle.metadata"] ?? "";
    for (const [digest] of label.matchAll(/sha256:[0-9a-f]{64}(?=")/g)) {
      expect([...rootfs.diff_ids, label.match(/@(sha256:[0-9a-f]{64})/)?.[1]]).toContain(digest);
    }
    const container = await lab.execute(name, "linux/amd64");
    expect([container.exitCode, container.stdout]).toEqual([0, "second"]);
  });

  it("is written beside the image by a target of a bake file", async () => {
    const directory = makeApp("baked");
    writeDescriptor(lab, directory, idOf("baked"), group);
    const words = [
      "--platform=linux/amd64",
      `--cache-image=${lab.registry}/e2e/cache-image`,
      "--cache-scope=bake",
    ];
    const { stdout, stderr, exitCode } = await cnbDockerfile(work, ["generate", "--bake", ...words, "baked"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    writeFileSync(join(work, "docker-bake.hcl"), stdout);
    const bake = async (env: Readonly<Record<string, string>>) =>
      (
        await lab.buildx(["bake", "--progress=plain", "--push", "--provenance=false"], {
          cwd: work,
          env: { REGISTRY: `${lab.registry}/e2e/cached-app-`, TAG: String(run), ...env },
        })
      ).stderr;
    const first = await bake(on(0));
    // The two share their steps; BuildKit tells what a shared one said to each of them.
    expect(first).toContain("made the cached layer");
    expect(first).not.toContain("found the cached layer");
    change(directory, "second");
    const other = await bake(on(1));
    expect(found(other), other).toEqual(everything);
  });

  it("is whole when two builds write it at once", async () => {
    const directory = makeApp("twice");
    describeProject(lab, directory, idOf("twice"), group);
    await Promise.all([
      built("twice", {}),
      built("twice", on(0), [
        `--cache-image=${cacheOf("twice")}`,
        `--output=type=oci,dest=${join(work, "twice-other.tar")}`,
      ]),
    ]);
    change(directory, "second");
    expect(found(await built("twice", on(1)))).toEqual(everything);
  });

  it("is no image that is built, and a registry that refuses it fails no build", async () => {
    const directory = makeApp("wrong");
    describeProject(lab, directory, idOf("wrong"), group);
    const tag = imageOf("wrong");
    const words = ["--progress=plain", `--tag=${tag}`, "--push"];
    const { stderr, exitCode } = await runBuild(lab, directory, [...words, `--cache-image=${tag}`]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("[cli/cache-image-is-tag]");
    const log = await built("wrong", {}, ["--cache-image=127.0.0.1:1/nobody/cache:main"]);
    expect(log).toContain("[frontend/cache-image-unusable]");
    expect(log).toContain("[cli/cache-not-exported]");
  });
});

describe("of several BuildKits", () => {
  const routedId = `cache-image-routed-${run}`;
  const build = async (title: string, addresses: readonly string[]) => {
    const directory = join(work, title);
    const archive = join(work, `${title}.tar`);
    const words = [`--cache-id=${routedId}`, "--engine=buildkit", "--progress=plain"];
    words.push(`--output=type=oci,dest=${archive}`, ".");
    return runBuildOrThrow(lab, directory, words, { BUILDKIT_HOST: addresses.join(",") });
  };
  /** An address that does not answer and that the app asks before another one. */
  const comesBefore = (own: string): string => {
    for (let index = 0; ; index++) {
      const dead = `unix://${absent}-${index}.sock`;
      if (rankAddresses([own, dead], routedId)[0] === dead) return dead;
    }
  };
  const chosen = (log: string) => /Building with BuildKit at (\S+):/.exec(log)?.[1];

  it("an app has one of its own, and the next one where that does not answer, with a warning", async () => {
    const addresses = nodes.map(({ address }) => address);
    describeProject(lab, makeApp("routed"), idOf("routed"), group);
    const first = await build("routed", addresses);
    const own = chosen(first) ?? "";
    expect(addresses).toContain(own);
    change(join(work, "routed"), "second");
    const again = await build("routed", addresses.toReversed());
    expect(chosen(again)).toBe(own);
    expect(found(again)).toEqual(everything);
    const dead = comesBefore(own);
    change(join(work, "routed"), "third");
    const skipped = await build("routed", [own, dead]);
    expect(chosen(skipped)).toBe(own);
    expect(skipped).toContain(`unix://${absent}`);
    expect(skipped).toContain("[engines/node-skipped]");
    expect(found(skipped)).toEqual(everything);
  });
});
