import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { alreadyRun, exportSteps } from "../../frontend/definition.ts";
import {
  type Definition,
  DefinitionSchema,
  type ExecOp,
  MountContentCache,
  type MountSchema,
  MountType,
  OpSchema,
} from "../../frontend/generated/ops_pb.js";
import { definitionFor, digestOf, file, stateOf } from "../../frontend/llb.ts";
import { operationsOf } from "../helpers/fake-buildkit.ts";

const base = file("/a", "text", "the build's files");
const cacheMount: MessageInitShape<typeof MountSchema> = {
  ...{ input: -1n, dest: "/cache", output: -1n, mountType: MountType.CACHE },
};

/** A graph whose result comes from a program with these variables and mounts, as BuildKit's Dockerfile frontend writes it. */
function graph(env: string[], more: MessageInitShape<typeof MountSchema>[] = []): Definition {
  const mounts = [
    { input: 0n, dest: "/", output: 0n },
    { input: 0n, dest: "/layers", output: -1n, readonly: true, selector: "/layers" },
    ...more,
  ];
  const inputs = [{ digest: base.digest, index: base.index }];
  const op = { case: "exec" as const, value: { meta: { args: ["node"], env }, mounts } };
  const step = toBinary(OpSchema, create(OpSchema, { inputs, op }));
  const digest = digestOf(step);
  const result = toBinary(OpSchema, create(OpSchema, { inputs: [{ digest, index: 0n }] }));
  const { def, metadata } = definitionFor(base);
  const description = { "llb.customname": "[export 1/1] RUN node" };
  return create(DefinitionSchema, {
    def: [...def.slice(0, -1), step, result],
    metadata: { ...metadata, [digest]: { description, ignoreCache: true } },
    source: { locations: { [digest]: { locations: [{ sourceIndex: 0 }] } } },
  });
}

/** The program that a graph's result comes from, with what is said about it. */
function lastStep(definition: Definition | undefined) {
  const state = definition && stateOf(definition);
  const op = definition && operationsOf(definition).find(({ op: { case: kind } }) => kind === "exec")?.op;
  if (definition === undefined || state === undefined || op?.case !== "exec") throw new Error("no program");
  const exec: ExecOp = op.value;
  return { exec, metadata: definition.metadata[state.digest], location: definition.source?.locations };
}

const image = "CNB_DOCKERFILE_ASSEMBLE=image";

describe("the stage `export`", () => {
  it("becomes two steps that are the same but for what they are asked for", () => {
    const steps = exportSteps(graph(["A=b", image], [cacheMount]), "write the cache");
    const [forImage, forCache] = [lastStep(steps.image), lastStep(steps.cache)];
    expect(forImage.exec.meta?.env).toEqual(["A=b", image]);
    expect(forCache.exec.meta?.env).toEqual(["A=b", "CNB_DOCKERFILE_ASSEMBLE=cache"]);
    expect({ ...forCache.exec, meta: undefined }).toEqual({ ...forImage.exec, meta: undefined });
    expect(forImage.metadata?.description).toEqual({ "llb.customname": "[export 1/1] RUN node" });
    expect(forCache.metadata?.description).toEqual({ "llb.customname": "write the cache" });
  });

  it("is known by how its mounts were made, and keeps the lines it comes from", () => {
    const before = graph([image], [cacheMount]);
    for (const { exec, location } of Object.values(exportSteps(before, "cache")).map(lastStep)) {
      const [, layers, cache] = exec.mounts;
      expect(layers).toMatchObject({ contentCache: MountContentCache.OFF, selector: "/layers" });
      expect(cache).toMatchObject({ contentCache: MountContentCache.DEFAULT });
      expect(Object.values(location ?? {})).toEqual(Object.values(before.source?.locations ?? {}));
      expect(location).not.toEqual(before.source?.locations);
    }
  });

  it.each([
    ["without a cache", [image], []],
    ["that somebody wrote anew", ["A=b"], [cacheMount]],
  ])("%s is one step", (_, env, mounts) => {
    expect(exportSteps(graph(env, mounts), "cache").cache).toBeUndefined();
  });

  it("that runs nothing is left as it is", () => {
    const definition = definitionFor(base);
    expect(exportSteps(definition, "cache")).toEqual({ image: definition });
  });
});

it("a graph that has run loses the mark of `--no-cache`, and is the same graph", () => {
  const before = graph([image]);
  const after = alreadyRun(before);
  expect(after.def).toEqual(before.def);
  expect(lastStep(before).metadata?.ignoreCache).toBe(true);
  expect(Object.values(after.metadata).map(({ ignoreCache }) => ignoreCache)).toEqual([false, false]);
});
