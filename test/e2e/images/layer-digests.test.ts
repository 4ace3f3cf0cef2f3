import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toBinary } from "@bufbuild/protobuf";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { DefinitionSchema } from "../../../frontend/generated/ops_pb.js";
import { digestFiles, layerState, stacked } from "../../../frontend/graph/layers.ts";
import {
  definitionFor,
  file,
  image,
  local,
  merge,
  platformOf,
  run,
  type State,
} from "../../../frontend/graph/llb.ts";
import { parseLayerMeasure } from "../../../src/contract/layer-measure.ts";
import { measureCopy } from "../../../src/layer/digest.ts";
import { walkWithParents } from "../../../src/layer/walk.ts";
import { hostileTree, type TreeItem } from "../../helpers/hostile-trees.ts";
import { testSeed } from "../../helpers/test-seed.ts";
import type { Lab } from "../../lab/lab.ts";
import { makeLayerWriter } from "../../lab/layer-writer.ts";
import { startLab } from "../../lab/start.ts";
import { configOf } from "../frontend-steps.ts";
import { startSecondBuildkit } from "../second-buildkit.ts";

const platform = { os: "linux", architecture: "amd64" };
const cnbUser = { uid: 1001, gid: 1000 };
let lab: Lab;
let directory: string;

beforeAll(async () => {
  lab = await startLab();
  directory = mkdtempSync(join(tmpdir(), "layer-digests-"));
  mkdirSync(join(directory, "tools"));
  copyFileSync(await makeLayerWriter(), join(directory, "tools/layer-writer"));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await lab.close();
});

interface Layers {
  /** By the files that the copies are made of, as the build's own step says it; absent: it does not know. */
  readonly measured: readonly (string | undefined)[];
  /** As the frontend's own steps say them, before anything is exported. */
  readonly predicted: readonly string[];
  /** As BuildKit exports them: laid over each other, and each copied onto those below it. */
  readonly exported: readonly string[];
  readonly stacked: readonly string[];
}

interface Place {
  /** Owner of the layers; absent: a builder's usual one. */
  readonly user?: typeof cnbUser;
  /** Address of a BuildKit; absent: the lab's. */
  readonly address?: string;
}

/** Makes trees in BuildKit and a layer of each, by the same steps as the frontend; then an image of them all. */
async function buildLayers(
  trees: readonly (readonly TreeItem[])[],
  { user = cnbUser, address = lab.buildkitHost }: Place = {},
): Promise<Layers> {
  const tools = local("tools", { sessionId: "", sharedKeyHint: "layer-writer" }, "layer writer");
  const layers = trees.map((tree, index) => {
    const from = run(
      {
        root: tools,
        argv: ["/layer-writer", "make", "/description/tree.json", "/tree"],
        env: [],
        platform: platformOf(platform),
        mounts: [{ state: file("/tree.json", JSON.stringify(tree), "description"), target: "/description" }],
        output: "/tree",
      },
      `make tree ${index}`,
    );
    const source = { stage: "build", path: "/" } as const;
    return { from, source, destination: `/layers/lab_trees/tree ${index}`, user, history: `tree ${index}` };
  });
  const states = layers.map(({ from, ...layer }) => layerState(layer, from, (text) => text));
  const tool = image(inject("toolImage"), platformOf(platform), "our own image");
  const unknown = layers.map(({ history }, index) => ({ state: states[index] as State, index, history }));
  const digests = digestFiles(unknown, { tool, buildPlatform: platform }, (text) => text);
  const output = join(directory, "digests");
  await solve(address, digests, `type=local,dest=${output}`);
  const base = file("/base", "base", "base");
  return {
    measured: await Promise.all(trees.map((tree, index) => measuredHere(tree, `tree ${index}`, user))),
    predicted: states.map(
      (_, index) => parseLayerMeasure(readFileSync(join(output, String(index)), "utf8")).digest,
    ),
    exported: await diffIdsAbove(address, merge([base, ...states], "image")),
    stacked: await diffIdsAbove(
      address,
      stacked(base, states, (text) => text),
    ),
  };
}

/** Makes the same tree on this machine. */
async function measuredHere(
  tree: readonly TreeItem[],
  name: string,
  user: typeof cnbUser,
): Promise<string | undefined> {
  const root = mkdtempSync(join(directory, "tree-"));
  const description = join(root, "tree.json");
  writeFileSync(description, JSON.stringify(tree));
  mkdirSync(join(root, "layers/lab_trees"), { recursive: true });
  const path = `/layers/lab_trees/${name}`;
  // As the directory that BuildKit mounts for a step's result.
  mkdirSync(join(root, path));
  await execa(join(directory, "tools/layer-writer"), ["make", description, join(root, path)]);
  return measureCopy(walkWithParents(root, path), user)?.digest;
}

/** Of an image's layers but the lowest. */
async function diffIdsAbove(address: string, state: State | undefined): Promise<readonly string[]> {
  const name = `${lab.registry}/e2e/layer-digests:trees`;
  await solve(address, state, `type=image,name=${name},push=true`);
  return (await configOf(lab, name, "linux/amd64")).rootfs.diff_ids.slice(1);
}

async function solve(address: string, state: State | undefined, output: string): Promise<void> {
  const words = [
    `--addr=${address}`,
    "build",
    "--progress=plain",
    `--local=tools=${join(directory, "tools")}`,
    `--output=${output}`,
  ];
  const input = toBinary(DefinitionSchema, definitionFor(state));
  await execa(lab.tools.buildctl, words, { env: lab.environment, input });
}

describe("generated trees have the digests that BuildKit exports", () => {
  async function tryTrees(seed: number, place: Place): Promise<void> {
    const trees = fc.sample(hostileTree({ attributes: false }), { numRuns: 12, seed });
    const { measured, predicted, exported, stacked: copied } = await buildLayers(trees, place);
    expect(exported).toEqual(predicted);
    expect(exported).toEqual(measured.map((digest, index) => digest ?? exported[index]));
    expect(copied).toEqual(predicted);
  }

  it("from overlayfs", () => tryTrees(testSeed("trees in BuildKit"), {}));

  it("from directories that are copied whole", async () => {
    const native = await startSecondBuildkit(lab, { name: "native", snapshotter: "native" });
    try {
      await tryTrees(testSeed("trees in BuildKit with the native snapshotter"), { address: native.address });
    } finally {
      await native.close();
    }
  });
});

const plain: TreeItem = {
  ...{ kind: "file", path: "file", mode: 0o644, uid: 0, gid: 0, seconds: 0, nanoseconds: 0 },
  ...{ content: "", size: 0, link: "", xattrs: {} },
};

it.each<[string, readonly TreeItem[]]>([
  ["nothing", []],
  // BuildKit copies it and writes nothing of it.
  ["a socket", [plain, { ...plain, kind: "socket", path: "socket" }]],
  [
    "names by which layers say that something is gone",
    [".wh.a", ".wh..wh..opq"].map((path) => ({ ...plain, path })),
  ],
  ["a name that is no UTF-8", [{ ...plain, path: "\xff\xfe" }]],
  ["a file with a hole", [{ ...plain, size: 2 ** 20 }]],
])("%s in a tree: the digest is true", async (_, tree) => {
  const { measured, predicted, exported } = await buildLayers([tree]);
  expect(exported).toEqual(predicted);
  expect(measured).toEqual(tree.some(({ kind }) => kind === "socket") ? [undefined] : exported);
});

it("an owner that no tar header can hold: the digest is true", async () => {
  const user = { uid: 3_000_000, gid: 0xfffffffe };
  const { measured, predicted, exported } = await buildLayers([[plain]], { user });
  expect([predicted, measured]).toEqual([exported, exported]);
});

it("a device is refused by name", async () => {
  const device: TreeItem = { ...plain, kind: "device", path: "null" };
  await expect(buildLayers([[device]])).rejects.toThrow(
    "error[export/device-in-layer]: /layers/lab_trees/tree 0/null is a device",
  );
});

// Node can read no extended attributes. If this fails, the digest of such a layer is known: docs/design/layer-digests.md says it is not.
it("a file's capabilities reach the layer, and its digest is not known", async () => {
  const xattrs = { "security.capability": `\x01\0\0\x02\0\x20${"\0".repeat(14)}` };
  const { predicted, exported } = await buildLayers([[{ ...plain, mode: 0o755, xattrs }]]);
  expect(exported).not.toEqual(predicted);
});
