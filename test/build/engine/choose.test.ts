import { describe, expect, it } from "vitest";
import { type Candidate, chooseEngine, type EngineNeeds } from "../../../src/build/engine/choose-engine.ts";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { openHosts, readInspection } from "../../../src/engines/clients/find-buildx.ts";
import type { Engine, ImageStore, Search } from "../../../src/engines/engine.ts";
import { chooseOutputs, type OutputWishes } from "../../../src/engines/outputs/choose-outputs.ts";

const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

function engine(more: Partial<Engine> = {}): Engine {
  return {
    name: "buildx",
    title: "an engine",
    platforms: [amd64],
    versions: ["v0.33.1"],
    store: { kind: "none" },
    openHosts: [],
    nativePlatforms: [],
    isLimited: false,
    command: () => ({ program: "", arguments: [], env: {} }),
    ...more,
  };
}
const candidate = (name: Candidate["name"], result: Search): Candidate => ({
  name,
  why: `${name} was looked for`,
  search: async () => result,
});
const found = (one: Engine): Search => ({ kind: "found", engine: one });
const needs: EngineNeeds = { platforms: [], needsArchive: false, needsHandedFrontend: true };
const faults = async (run: () => Promise<unknown>) =>
  run().then(
    () => [],
    (error: unknown) => (error instanceof CompileError ? error.diagnostics : [error]),
  );

describe("chooseEngine", () => {
  it("takes the first that is there", async () => {
    const missing: Search = { kind: "missing", reason: "none", remedy: "get one" };
    const { engine: chosen, why } = await chooseEngine(
      [candidate("buildx", missing), candidate("buildkit", found(engine({ name: "buildkit" })))],
      needs,
    );
    expect({ name: chosen.name, why }).toEqual({ name: "buildkit", why: "buildkit was looked for" });
  });

  it("passes over one that lacks a platform, and asks no further than it has to", async () => {
    let asked = 0;
    const last: Candidate = {
      ...candidate("daemonless", found(engine())),
      search: async () => {
        asked += 1;
        return found(engine());
      },
    };
    const both = engine({ name: "buildkit", platforms: [amd64, arm64] });
    const { engine: chosen } = await chooseEngine(
      [candidate("buildx", found(engine())), candidate("buildkit", found(both)), last],
      { ...needs, platforms: [arm64] },
    );
    expect({ name: chosen.name, asked }).toEqual({ name: "buildkit", asked: 0 });
  });

  it("puts nobody in the place of one that was named", async () => {
    const missing: Search = { kind: "missing", reason: "it does not answer", remedy: "start it" };
    const named: Candidate = { ...candidate("buildkit", missing), isNamed: true };
    expect(
      await faults(() => chooseEngine([named, candidate("buildx", found(engine()))], needs)),
    ).toMatchObject([{ code: "engines/none", message: "No engine can run the build: it does not answer." }]);
  });

  it("ends what an engine has started that lacks something", async () => {
    let closed = 0;
    const close = async () => {
      closed += 1;
    };
    await faults(() =>
      chooseEngine([candidate("daemonless", found(engine({ close })))], { ...needs, platforms: [arm64] }),
    );
    expect(closed).toBe(1);
  });

  it("names the missing platform, and the command that adds it", async () => {
    const [fault] = await faults(() =>
      chooseEngine([candidate("buildx", found(engine()))], { ...needs, platforms: [amd64, arm64] }),
    );
    expect(fault).toMatchObject({
      code: "engines/none",
      message: "No engine can run the build: an engine does not support linux/arm64, only linux/amd64.",
    });
    expect((fault as { hint: string }).hint).toContain("tonistiigi/binfmt --install arm64");
  });

  it("says of a docker daemon with the classic store that it makes one platform at a time", async () => {
    const classic = engine({ isLimited: true, platforms: [amd64, arm64] });
    const [fault] = await faults(() =>
      chooseEngine([candidate("buildx", found(classic))], { ...needs, platforms: [amd64, arm64] }),
    );
    expect(fault).toMatchObject({
      message: "No engine can run the build: an engine builds one platform at a time.",
    });
  });

  it.each([
    ["v0.19.0", true],
    ["v0.20.0", false],
    ["v0.31.0-rc2", false],
    ["v1.0.0", false],
    ["odd", false],
  ])("knows whether BuildKit %s is too old to be handed a frontend: %s", async (version, isOld) => {
    const found1 = await faults(() =>
      chooseEngine([candidate("buildkit", found(engine({ versions: [version] })))], needs),
    );
    expect(found1.length === 1).toBe(isOld);
    // A frontend in a registry every BuildKit fetches.
    const found2 = await faults(() =>
      chooseEngine([candidate("buildkit", found(engine({ versions: [version] })))], {
        ...needs,
        needsHandedFrontend: false,
      }),
    );
    expect(found2).toEqual([]);
  });
});

describe("chooseEngine, for a proxy network", () => {
  const wish = { ...needs, needsProxyNetwork: true };

  it("passes over buildx, which has no option for one", async () => {
    const buildkit = engine({ name: "buildkit" });
    const { engine: chosen } = await chooseEngine(
      [candidate("buildx", found(engine())), candidate("buildkit", found(buildkit))],
      wish,
    );
    expect(chosen.name).toBe("buildkit");
    expect(await faults(() => chooseEngine([candidate("buildx", found(engine()))], wish))).toMatchObject([
      {
        message: "No engine can run the build: an engine has no option for a proxy network.",
        hint: "Build with `--engine buildkit` or `--engine daemonless`.",
      },
    ]);
  });

  it.each([
    ["v0.30.0", true],
    ["v0.31.0", false],
    ["v1.0.0", false],
  ])("knows whether BuildKit %s would ignore the wish: %s", async (version, isOld) => {
    const one = engine({ name: "buildkit", versions: [version] });
    const ending = await faults(() => chooseEngine([candidate("buildkit", found(one))], wish));
    expect(ending.length === 1).toBe(isOld);
  });
});

it("takes an old one that our image can be loaded into", async () => {
  const docker = engine({
    versions: ["v0.17.0"],
    load: () => ({
      reference: "",
      command: () => ({ program: "", arguments: [], env: {} }),
      run: async () => {},
    }),
  });
  expect(await faults(() => chooseEngine([candidate("buildx", found(docker))], needs))).toEqual([]);
});

describe("chooseOutputs", () => {
  const wishes: OutputWishes = {
    outputs: [],
    push: false,
    load: false,
    isNamed: true,
    name: "app",
    platformCount: 1,
  };
  const docker = (holdsSeveral: boolean): ImageStore => ({ kind: "docker", holdsSeveral });
  const containerd: ImageStore = { kind: "containerd", namespace: "k8s.io" };

  it.each([
    [
      "no store, one platform",
      { kind: "none" },
      1,
      { type: "docker", destination: "app.oci.tar", attributes: { "oci-mediatypes": "true" } },
    ],
    [
      "no store, two platforms",
      { kind: "none" },
      2,
      { type: "oci", destination: "app.oci.tar", attributes: {} },
    ],
    ["docker's classic store, one platform", docker(false), 1, { type: "docker", attributes: {} }],
    [
      "docker's classic store, two platforms",
      docker(false),
      2,
      { type: "oci", destination: "app.oci.tar", attributes: {} },
    ],
    ["docker's containerd store, two platforms", docker(true), 2, { type: "docker", attributes: {} }],
    ["containerd", containerd, 2, { type: "image", attributes: { unpack: "true" } }],
  ] as const)("leaves the image somewhere: %s", (_, store, platformCount, output) => {
    expect(chooseOutputs({ ...wishes, platformCount }, engine({ store }))).toEqual([output]);
  });

  it("pushes an image that is an output already, and makes one where none is", () => {
    const image = { type: "image", attributes: { compression: "zstd" } };
    const file = { type: "oci", destination: "x", attributes: {} };
    expect(chooseOutputs({ ...wishes, push: true, outputs: [image, file] }, engine())).toEqual([
      { type: "image", attributes: { compression: "zstd", push: "true" } },
      file,
    ]);
    expect(chooseOutputs({ ...wishes, push: true, outputs: [file] }, engine())).toEqual([
      file,
      { type: "image", attributes: { push: "true" } },
    ]);
  });

  const refused = (more: Partial<OutputWishes>, store: ImageStore) =>
    faults(async () => chooseOutputs({ ...wishes, ...more }, engine({ store })));

  it("refuses to push what has no name", async () => {
    expect(await refused({ push: true, isNamed: false }, { kind: "none" })).toMatchObject([
      { code: "engines/push-without-name" },
    ]);
  });

  it("refuses to load where there is no docker, or one that cannot hold the platforms", async () => {
    expect(await refused({ load: true }, { kind: "none" })).toMatchObject([{ code: "engines/no-docker" }]);
    expect(await refused({ load: true, platformCount: 2 }, docker(false))).toMatchObject([
      { code: "engines/docker-holds-one" },
    ]);
    expect(await refused({ load: true }, docker(true))).toEqual([]);
    expect(await refused({ load: true }, containerd)).toEqual([]);
  });
});

describe("readInspection", () => {
  it("reads the platforms and versions of all nodes", () => {
    const text = `Name:          farm
Driver:        docker-container
Last Activity: 2026-01-01 00:00:00 +0000 UTC

Nodes:
Name:             farm0
Endpoint:         unix:///a.sock
Status:           running
BuildKit version: v0.33.1
Platforms:        linux/amd64*, linux/amd64/v2
Labels:
 org.mobyproject.buildkit.worker.executor:         oci

Name:             farm1
Endpoint:         ssh://arm
Status:           running
BuildKit version: v0.21.1
Platforms:        linux/arm64
`;
    expect(readInspection(text)).toEqual({
      name: "farm",
      driver: "docker-container",
      nodes: [
        { endpoint: "unix:///a.sock", options: "", platforms: [amd64, { ...amd64, variant: "v2" }] },
        { endpoint: "ssh://arm", options: "", platforms: [arm64] },
      ],
      versions: ["v0.33.1", "v0.21.1"],
      platforms: [amd64, { ...amd64, variant: "v2" }, arm64],
      isContainerd: false,
      errors: [],
    });
  });

  it.each([
    ["docker", "default", { DOCKER_HOST: "tcp://docker.example:2375" }, ["docker.example:2375"]],
    ["docker-container", "tcp://docker.example:2375", {}, ["docker.example:2375"]],
    ["docker-container", "tcp://docker.example:2376", { DOCKER_TLS_VERIFY: "1" }, []],
    ["docker", "default", { DOCKER_HOST: "unix:///x.sock" }, []],
    ["docker", "a-context", { DOCKER_HOST: "tcp://docker.example:2375" }, []],
    ["docker", "default", {}, []],
    ["remote", "tcp://b.example:1", { DOCKER_TLS_VERIFY: "1" }, ["b.example:1"]],
  ])("by %s at %s with %j reaches in the clear: %j", (driver, endpoint, env, hosts) => {
    expect(openHosts({ driver, nodes: [{ endpoint, options: "", platforms: [] }] }, env)).toEqual(hosts);
  });

  it("takes anything else for nothing", () => {
    expect(readInspection("ERROR: no builder")).toBeUndefined();
  });
});
