import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseReference } from "../../../src/image/reference.ts";
import type { RebaseResult } from "../../../src/rebase/result.ts";
import type { Lab } from "../../lab/lab.ts";
import { until } from "../../lab/process.ts";
import type { RegistryRequest } from "../../lab/registry.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { configOf, digestOf, frontendBuild, predictedDigests } from "../frontend-steps.ts";
import { imageDifferences, readImage } from "../image-reading.ts";
import { startPrivateRegistry, user } from "../private-registry.ts";
import { cnbDockerfile, layerDigests } from "../steps.ts";
import { type Decision, startFailingProxy } from "./failing-proxy.ts";

const platforms = ["linux/amd64", "linux/arm64"];
/** Layers of buildpacks, and bills of materials. */
const group = ["lab/sboms", "lab/procfile"];
const groups = group.map((id) => `\n[[io.buildpacks.group]]\nid = "${id}"\n`).join("");
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let parent: string;
/** Names below the lab's registry. */
let builder: string;
let runImage: string;
let name: string;
/** The same image under another name, in a repository of its own, as it was before the first rebase. */
let before: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  writeFileSync(join(app.directory, "Procfile"), "web: uname -m\n");
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-rebase-"));
  const run = Date.now();
  runImage = `${lab.registry}/e2e/rebase-run-${run}:12`;
  name = `${lab.registry}/e2e/rebase-${run}:1`;
  before = `${lab.registry}/e2e/rebase-before-${run}:1`;
  await lab.crane(["copy", lab.images.runBase, runImage]);
  builder = await makeBuilder(`${lab.registry}/e2e/rebase-builder-${run}`);
  writeFileSync(
    join(app.directory, "project.toml"),
    `# syntax=${inject("toolImage")}\n[_]\nschema-version = "0.2"\nid = "com.example.rebase"\n\n[io.buildpacks]\nbuilder = "${builder}"\n${groups}`,
  );
  await build(name, ["--provenance=mode=max", "--annotation=index:com.example.kept=yes"]);
  await lab.crane(["copy", name, before]);
});
afterAll(async () => {
  app.remove();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

const build = (target: string, words: readonly string[] = []) =>
  frontendBuild(lab, {
    ...{ context: app.directory, platforms, name: target },
    words: ["--file=project.toml", ...words],
  });

/** The lab's builder, with a run image of this test's own. */
async function makeBuilder(repository: string): Promise<string> {
  const label = "io.buildpacks.builder.metadata";
  for (const platform of platforms) {
    const { config } = await configOf(lab, lab.images.builder, platform);
    const metadata = (config.Labels[label] ?? "").replaceAll(lab.images.runBase, runImage);
    const tag = `${repository}:${platform.replace("/", "-")}`;
    await lab.crane([
      ...["mutate", `--platform=${platform}`, lab.images.builder],
      ...[`--label=${label}=${metadata}`, `--tag=${tag}`],
    ]);
  }
  const parts = platforms.map((platform) => `--manifest=${repository}:${platform.replace("/", "-")}`);
  await lab.crane(["index", "append", ...parts, `--tag=${repository}:1`]);
  return `${repository}:1`;
}

const rebase = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  cnbDockerfile(app.directory, ["rebase", ...words], env);

async function rebaseResult(words: readonly string[], env?: Readonly<Record<string, string>>) {
  const { stdout, stderr, exitCode } = await rebase(["--json", ...words], env);
  if (exitCode !== 0) throw new Error(`rebase ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return JSON.parse(stdout) as RebaseResult;
}

/** What the lab's registry was asked of the app's image and of the run image while something was done. */
async function requestsOf(action: () => Promise<unknown>): Promise<readonly RegistryRequest[]> {
  const repositories = [name, runImage].map((text) => parseReference(text)?.repository ?? "");
  const asked = () => Promise.all(repositories.map((repository) => lab.registryRequests(repository)));
  const before = await asked();
  await action();
  return (await asked()).flatMap((requests, index) => requests.slice(before[index]?.length));
}

const isWrite = ({ method }: RegistryRequest) => method !== "GET" && method !== "HEAD";

interface Entry {
  readonly digest: string;
  readonly platform: { readonly os: string; readonly architecture: string };
}

interface Index {
  readonly manifests: readonly Entry[];
  readonly annotations?: Readonly<Record<string, string>>;
}

async function indexOf(image: string): Promise<Index> {
  return JSON.parse((await lab.crane(["manifest", image])).stdout);
}

const platformsIn = ({ manifests }: Index) =>
  manifests.map(({ platform: { os, architecture } }) => `${os}/${architecture}`);

describe("while the run image is the old one, rebase", () => {
  it("asks for manifests and configs alone, pushes nothing and says so", async () => {
    const digest = await digestOf(lab, name);
    let result = { stdout: "", stderr: "", exitCode: -1 };
    const requests = await requestsOf(async () => {
      result = await rebase([name]);
    });
    expect(result).toMatchObject({ stderr: "", exitCode: 0 });
    expect(result.stdout).toContain("Already up to date.");
    expect(requests.filter(isWrite)).toEqual([]);
    // Two indexes, and a manifest and a config for each platform of both.
    expect(requests).toHaveLength(2 + 2 * 2 * 2);
    expect(await digestOf(lab, name)).toBe(digest);
  });

  it("answers --check --exit-code with 0", async () => {
    expect((await rebase(["--exit-code", name])).exitCode).toBe(0);
  });
});

describe("with a patched run image, rebase", () => {
  let result: RebaseResult;
  let requests: readonly RegistryRequest[];

  beforeAll(async () => {
    await lab.crane(["copy", lab.images.runBasePatched, runImage]);
  });

  it("--check says so for each platform, and changes nothing", async () => {
    const digest = await digestOf(lab, name);
    const asked = await requestsOf(async () => {
      const checked = await rebaseResult(["--check", name]);
      expect(checked.outdated).toBe(true);
      expect(checked.platforms.map((one) => [one.platform, one.outdated])).toEqual([
        ["linux/amd64", true],
        ["linux/arm64", true],
      ]);
      expect(checked).not.toHaveProperty("pushed");
    });
    expect(asked.filter(isWrite)).toEqual([]);
    expect((await rebase(["--exit-code", name])).exitCode).toBe(3);
    expect(await digestOf(lab, name)).toBe(digest);
  });

  it("replaces both platforms, and neither fetches nor sends a layer", async () => {
    const base = (
      await Promise.all(platforms.map((platform) => layerDigests(lab, runImage, platform)))
    ).flat();
    requests = await requestsOf(async () => {
      result = await rebaseResult([name]);
    });
    expect(result.pushed?.digest).toBe(await digestOf(lab, name));
    expect(result.layers.sent).toBe(0);
    expect(result.layers.there + result.layers.mounted).toBe(new Set(base).size);
    expect(result.layers.mounted).toBeGreaterThan(0);
    const layers = new Set([
      ...base,
      ...(await layerDigests(lab, before, "linux/amd64")),
      ...(await layerDigests(lab, before, "linux/arm64")),
    ]);
    const fetched = requests.filter(
      ({ method, path }) => method === "GET" && layers.has(/blobs\/(.*)$/.exec(path)?.[1] ?? ""),
    );
    expect(fetched).toEqual([]);
    // A config for each platform, and nothing else.
    const sent = requests.filter(({ method, path }) => method === "PUT" && path.includes("/blobs/uploads/"));
    expect(sent).toHaveLength(2);
    console.log(`rebase of two platforms: ${JSON.stringify({ ...result.transfer, ...result.layers })}`);
    expect(result.transfer.receivedBytes).toBeLessThan(100_000);
    expect(result.transfer.sentBytes).toBeLessThan(100_000);
  });

  it("writes the tag after everything else", () => {
    const writes = requests.filter(isWrite).map(({ method, path }) => `${method} ${path}`);
    expect(writes.at(-1)).toMatch(/^PUT .*\/manifests\/1$/);
    expect(writes.slice(0, -1).filter((line) => line.endsWith("/manifests/1"))).toEqual([]);
    expect(requests.filter(isWrite).every(({ status }) => status < 300)).toBe(true);
  });

  it("keeps the index's annotations, drops the old images' attestations and tells it", async () => {
    expect(platformsIn(await indexOf(before))).toEqual([...platforms, "unknown/unknown", "unknown/unknown"]);
    const index = await indexOf(name);
    expect(platformsIn(index)).toEqual(platforms);
    expect(index.annotations).toMatchObject({ "com.example.kept": "yes" });
    expect(result.droppedAttestations).toBe(2);
    expect(result.diagnostics.map(({ code }) => code)).toEqual(["rebase/entries-dropped"]);
  });

  it.each(platforms)("makes an image that runs on %s, with the files of the new base", async (platform) => {
    const machine = platform.endsWith("amd64") ? "x86_64" : "aarch64";
    expect((await lab.execute(name, platform)).stdout).toBe(`${machine}\n`);
    const cat = { entrypoint: "/cnb/lifecycle/launcher", args: ["cat /etc/lab-patch"] };
    expect((await lab.execute(name, platform, cat)).stdout).toBe("patched\n");
    expect((await lab.execute(before, platform, cat)).stdout).toBe("");
  });

  it.each(platforms)("makes for %s what a build upon that run image makes, to the byte", async (platform) => {
    const built = name.replace(/:1$/, ":built");
    await build(built);
    expect(await digestOf(lab, name, platform)).toBe(await digestOf(lab, built, platform));
  });

  it.each(platforms)(
    "makes an image for %s that pack inspects, and of which it has the bill of materials",
    async (platform) => {
      const one = `${name.replace(/:1$/, "")}@${await digestOf(lab, name, platform)}`;
      const { environment } = await lab.docker();
      const pack = (words: readonly string[]) => lab.pack(words, { cwd: parent, env: environment });
      const { remote_info: info } = JSON.parse((await pack(["inspect", one, "--output=json"])).stdout);
      expect(info.buildpacks.map(({ id }: { readonly id: string }) => id)).toEqual(group);
      const config = await configOf(lab, name, platform);
      expect(info.base_image.top_layer).toBe(predictedDigests(config)[0]);
      const directory = mkdtempSync(join(parent, "sbom-"));
      await pack(["sbom", "download", "--remote", `--output-dir=${directory}`, one]);
      expect(readdirSync(directory, { recursive: true, encoding: "utf8" }).join("\n")).toContain(
        "sbom/launch/",
      );
    },
  );

  it("is done: the same again does nothing", async () => {
    expect((await rebaseResult([name])).outdated).toBe(false);
  });
});

describe("pack rebase of the same index", () => {
  it("leaves one platform, without an index; of it, it makes what we make", async () => {
    const byPack = before.replace(/:1$/, ":by-pack");
    await lab.crane(["copy", before, byPack]);
    const { environment } = await lab.docker();
    await lab.pack(["rebase", byPack, "--publish"], { cwd: parent, env: environment });
    const left = JSON.parse((await lab.crane(["manifest", byPack])).stdout);
    expect(left).not.toHaveProperty("manifests");
    expect(left.layers.length).toBeGreaterThan(0);
    const platform = "linux/amd64";
    const differences = imageDifferences(
      await readImage(lab, byPack, platform),
      await readImage(lab, name, platform),
    );
    const permitted = [
      // We name the run image's index, pack the manifest of its one platform.
      /^labels io\.buildpacks\.lifecycle\.metadata runImage reference: /,
      // pack drops what made each layer.
      /^history: /,
    ];
    expect(differences.filter((line) => !permitted.some((pattern) => pattern.test(line)))).toEqual([]);
  });
});

it("rebases an image of one platform that pack built, under a tag of its own", async () => {
  const old = `${lab.registry}/e2e/rebase-old-run-${Date.now()}:12`;
  await lab.crane(["copy", lab.images.runBase, old]);
  const { environment } = await lab.docker();
  const byPack = before.replace(/:1$/, ":built-by-pack");
  await lab.pack(
    [
      ...["build", byPack, "--publish", "--network=host", "--trust-builder"],
      ...[`--builder=${builder}`, `--run-image=${old}`],
    ],
    { cwd: app.directory, env: environment },
  );
  await lab.crane(["copy", lab.images.runBasePatched, old]);
  const digest = await digestOf(lab, byPack);
  const tag = before.replace(/:1$/, ":rebased");
  const { pushed, platforms: done } = await rebaseResult([`--tag=${tag}`, byPack]);
  expect(pushed).toEqual({ digest: await digestOf(lab, tag), tags: [tag] });
  expect(done.map(({ platform, outdated }) => [platform, outdated])).toEqual([["linux/amd64", true]]);
  expect(await digestOf(lab, byPack)).toBe(digest);
  const cat = { entrypoint: "/cnb/lifecycle/launcher", args: ["cat /etc/lab-patch"] };
  expect((await lab.execute(tag, "linux/amd64", cat)).stdout).toBe("patched\n");
  expect((await lab.execute(tag, "linux/amd64")).stdout).toBe("x86_64\n");
});

describe("with the run image in another registry, rebase", () => {
  /** A copy of the old image in a repository that has none of the new run image's layers. */
  const copy = async (part: string) => {
    const path = `e2e/rebase-${part}-${Date.now()}`;
    await lab.crane(["copy", before, `${lab.registry}/${path}:1`]);
    return path;
  };
  const withProxy = async (decide: (line: string) => Decision, action: (host: string) => Promise<void>) => {
    const proxy = await startFailingProxy(lab.registry, decide);
    try {
      await action(proxy.host);
    } finally {
      await proxy.close();
    }
  };

  it("sends the new layers through, and the app's not", async () => {
    const path = await copy("sent");
    let isFirst = true;
    // A layer whose upload fails once is sent again.
    const decide = (line: string): Decision => {
      if (!line.startsWith("PUT ") || !line.includes("/blobs/uploads/") || !isFirst) return "pass";
      isFirst = false;
      return 503;
    };
    await withProxy(decide, async (host) => {
      const { layers, transfer } = await rebaseResult([`${host}/${path}:1`]);
      const base = new Set(
        (await Promise.all(platforms.map((one) => layerDigests(lab, runImage, one)))).flat(),
      );
      expect(layers.sent + layers.there).toBe(base.size);
      expect(layers.sent).toBeGreaterThan(0);
      expect(transfer.sentBytes).toBeGreaterThan(0);
    });
    expect(platformsIn(await indexOf(`${lab.registry}/${path}:1`))).toEqual(platforms);
    expect((await lab.execute(`${lab.registry}/${path}:1`, "linux/amd64")).stdout).toBe("x86_64\n");
  });

  it.each([
    ["a layer", /^PUT .*\/blobs\/uploads\//],
    ["a manifest", /^PUT .*\/manifests\/sha256:/],
    ["the tag", /^PUT .*\/manifests\/1$/],
  ])("leaves the tag as it was where %s is refused", async (_, line) => {
    const path = await copy("refused");
    const digest = await digestOf(lab, `${lab.registry}/${path}:1`);
    await withProxy(
      (asked) => (line.test(asked) ? 400 : "pass"),
      async (host) => {
        const { exitCode, stderr } = await rebase([`${host}/${path}:1`]);
        expect(stderr).toMatch(
          /rejected the push of .*HTTP 400 \(DENIED: not today\).*registry\/push-refused/s,
        );
        expect(exitCode).toBe(1);
      },
    );
    expect(await digestOf(lab, `${lab.registry}/${path}:1`)).toBe(digest);
  });

  it("leaves the tag as it was where it is killed before the tag is written", async () => {
    const path = await copy("killed");
    const digest = await digestOf(lab, `${lab.registry}/${path}:1`);
    let isReached = false;
    const decide = (line: string): Decision => {
      if (!/^PUT .*\/manifests\/1$/.test(line)) return "pass";
      isReached = true;
      return "silence";
    };
    await withProxy(decide, async (host) => {
      const program = join(import.meta.dirname, "..", "..", "..", "dist", "main.js");
      const running = execa(execPath, ["--", program, "rebase", `${host}/${path}:1`], { reject: false });
      expect(await until(async () => isReached, 60_000)).toBe(true);
      running.kill("SIGKILL");
      await running;
    });
    expect(await digestOf(lab, `${lab.registry}/${path}:1`)).toBe(digest);
    expect((await rebaseResult([`${lab.registry}/${path}:1`])).pushed).toBeDefined();
  });
});

it("logs in to write, and to take layers over from the run image's repository", async () => {
  const registry = await startPrivateRegistry(lab, "token", { takesImages: true });
  try {
    const path = `e2e/rebase-private-${Date.now()}`;
    await lab.crane(["copy", before, `${lab.registry}/${path}:1`]);
    const ca = join(parent, "ca.pem");
    writeFileSync(ca, readFileSync(registry.authority.certFile));
    const auth = Buffer.from(`${user.name}:${user.password}`).toString("base64");
    const login = JSON.stringify({ auths: { [registry.host]: { auth } } });
    const there = runImage.replace(lab.registry, registry.host);
    const words = [`--registry-ca=${ca}`, `--run-image=${there}`, "--force", `${registry.host}/${path}:1`];
    const { layers, diagnostics } = await rebaseResult(words, { DOCKER_AUTH_CONFIG: login });
    expect(layers.sent).toBe(0);
    expect(layers.mounted).toBeGreaterThan(0);
    expect(diagnostics.map(({ code }) => code)).toContain("rebase/other-run-image");
    const denied = await rebase(["--check", ...words], { DOCKER_AUTH_CONFIG: "{}" });
    expect(denied.stderr).toContain("registry/denied");
  } finally {
    await registry.close();
  }
});
