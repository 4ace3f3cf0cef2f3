import { create, fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { ExecOp } from "../../../frontend/generated/ops_pb.js";
import {
  CacheOptSchema,
  type Definition,
  DefinitionSchema,
  MountType,
  OpSchema,
} from "../../../frontend/generated/ops_pb.js";
import { alreadyRun } from "../../../frontend/graph/definition.ts";
import { buildStage } from "../../../frontend/graph/dockerfile-build.ts";
import { definitionFor, file, stateOf } from "../../../frontend/graph/llb.ts";
import { seedCaches } from "../../../frontend/image/seed-cache.ts";
import { inScope, type ScopedBuild, scopeOf } from "../../../frontend/request/cache-scope.ts";
import { readGenerated } from "../../../src/dockerfile/read/generated.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { digestOf } from "../../../src/image/digest.ts";
import { codesOf } from "../../helpers/errors.ts";
import { exportStage, layersMount } from "../../helpers/export-stage.ts";
import { operationsOf } from "../../helpers/fake-buildkit.ts";
import { connected, frontendOptions, usualDockerfile } from "../../helpers/frontend.ts";

const amd64 = { os: "linux", architecture: "amd64" };

/** A stage whose step mounts a cache. */
const withCache = (id: string, env: readonly string[] = [], dest = "/cache") =>
  exportStage({
    env,
    mounts: [
      layersMount,
      {
        ...{ input: 1n, dest, output: -1n, mountType: MountType.CACHE },
        ...(id === "" ? {} : { cacheOpt: create(CacheOptSchema, { id, sharing: 2 }) }),
      },
    ],
  });

const stepsOf = (definition: Definition): ExecOp[] =>
  operationsOf(definition).flatMap(({ op }) => (op.case === "exec" ? [op.value] : []));
const cachesOf = (definition: Definition) =>
  stepsOf(definition).flatMap(({ mounts }) =>
    mounts.filter(({ mountType }) => mountType === MountType.CACHE),
  );
const idOf = (definition: Definition) => cachesOf(definition).map(({ cacheOpt }) => cacheOpt?.id);

const scope: ScopedBuild = { own: "pr-7", namespace: "" };
const ours = "/cnb-dockerfile/pr-7@shop/linux/amd64";

describe("every cache mount of a graph", () => {
  it.each([
    ["of a generated file", ours, ours],
    ["of a file from before there were scopes", "/cnb-dockerfile/shop/linux/amd64", ours],
    [
      "that names another scope",
      "/cnb-dockerfile/main@shop/linux/amd64",
      "/cnb-dockerfile/pr-7@main@shop/linux/amd64",
    ],
    ["of another tool", "/npm", "/cnb-dockerfile/pr-7@npm"],
    ["that pretends to have no namespace", "cnb-dockerfile/pr-7@shop", "/cnb-dockerfile/pr-7@pr-7@shop"],
    ["that climbs", "/cnb-dockerfile/pr-7@/../main@shop", "/cnb-dockerfile/pr-7@/../main@shop"],
  ])("%s is in the scope", (_, id, expected) => {
    expect(idOf(inScope(withCache(id, ["CNB_CACHE_SCOPE=pr-7"]), scope))).toEqual([expected]);
  });

  it("is in the scope where it has no id but its place", () => {
    expect(idOf(inScope(withCache("", [], "/srv/.npm"), scope))).toEqual(["/cnb-dockerfile/pr-7@srv/.npm"]);
  });

  it("stays in the namespace that the client chose", () => {
    const runner = { own: "pr-7", namespace: "runner" };
    expect(idOf(inScope(withCache("runner/cnb-dockerfile/main@shop"), runner))).toEqual([
      "runner/cnb-dockerfile/pr-7@main@shop",
    ]);
    expect(idOf(inScope(withCache("runner/cnb-dockerfile/pr-7@shop"), runner))).toEqual([
      "runner/cnb-dockerfile/pr-7@shop",
    ]);
  });

  it.each([
    [["A=1"], ["A=1", "CNB_CACHE_SCOPE=pr-7"]],
    [
      ["CNB_CACHE_SCOPE=main", "A=1"],
      ["A=1", "CNB_CACHE_SCOPE=pr-7"],
    ],
    [["CNB_CACHE_SCOPE=pr-7", "CNB_CACHE_SCOPE=main"], ["CNB_CACHE_SCOPE=pr-7"]],
  ])("belongs to a step that BuildKit knows by the scope, with the variables %j", (env, expected) => {
    const [step] = stepsOf(inScope(withCache(ours, env), scope));
    expect(step?.meta?.env).toEqual(expected);
  });

  it("changes no graph that is in the scope already, however often it is asked", () => {
    const stage = withCache(ours, ["CNB_CACHE_SCOPE=pr-7"]);
    expect(inScope(stage, scope)).toBe(stage);
    const once = inScope(withCache("/npm"), scope);
    expect(inScope(once, scope)).toEqual(once);
    expect(inScope(exportStage(), scope).def).toEqual(exportStage().def);
  });

  it("keeps titles, marks and places, by the new names of the steps, and what leads on from them", () => {
    const stage = withCache("/npm");
    const moved = inScope(stage, scope);
    const last = fromBinary(OpSchema, moved.def.at(-1) ?? new Uint8Array());
    const [{ digest = "" } = {}] = last.inputs;
    expect(moved.def.map(digestOf)).toContain(digest);
    expect(moved.metadata[digest]).toMatchObject({
      ...{ ignoreCache: true, description: { "llb.customname": "[export 1/1] RUN node" } },
    });
    expect(Object.keys(moved.source?.locations ?? {})).toEqual([digest]);
    expect(Object.keys(moved.metadata)).toHaveLength(Object.keys(stage.metadata).length);
    expect(stateOf(alreadyRun(moved))).toBeDefined();
  });
});

describe("the scope that a client gives", () => {
  const read = (text: string) => scopeOf(frontendOptions({ "build-arg:CNB_CACHE_SCOPE": text }));

  it("is read from the build argument, beside the namespace", () => {
    expect(read("pr-7:main")).toEqual({ own: "pr-7", base: "main", namespace: "" });
    expect(scopeOf(frontendOptions())).toBeUndefined();
  });

  it.each(["", "a/b", "a:b:c"])("cannot be %j", (text) => {
    expect(codesOf(() => read(text))).toEqual(["plan/bad-cache-scope"]);
  });
});

describe("a stage of a Dockerfile", () => {
  const built = async (values: Readonly<Record<string, string>>, isGenerated: boolean, id: string) => {
    const { fake, gateway } = connected({
      solve: ({ definition }) => ({
        result: { case: "ref", value: { id: "built", def: definition ?? withCache(id) } },
      }),
    });
    const dockerfile = readDockerfile(usualDockerfile);
    const { app } = readGenerated("Dockerfile", dockerfile);
    const { result } = await buildStage(
      gateway,
      {
        ...{ recipe: { dockerfile, app, isGenerated }, project: {}, namedContexts: {} },
        options: frontendOptions(values),
        own: file("/own", "own", "our own image"),
        ...{ platforms: [amd64], asIndex: false, selfEmulated: new Map() },
      },
      { target: "build", assembled: false },
    );
    if (result.case !== "ref") throw new Error("no ref");
    return {
      told: fake.solved[0]?.frontendOpt ?? {},
      ids: idOf(result.value.def ?? create(DefinitionSchema)),
    };
  };

  it("is told the own scope alone, and has no cache mount of any other", async () => {
    const values = { "build-arg:CNB_CACHE_SCOPE": "pr-7:main" };
    const { told, ids } = await built(values, true, "/cnb-dockerfile/main@shop/linux/amd64");
    expect(told["build-arg:CNB_CACHE_SCOPE"]).toBe("pr-7");
    expect(ids).toEqual(["/cnb-dockerfile/pr-7@main@shop/linux/amd64"]);
  });

  it("stays as it is without a scope", async () => {
    expect((await built({}, true, "/npm")).ids).toEqual(["/npm"]);
  });
});

describe("a base", () => {
  const seeded = async (own: string, base: string | undefined, namespace = "") => {
    const { fake, gateway } = connected({ solve: () => ({ result: { case: "ref", value: { id: "x" } } }) });
    const exported = withCache(`${namespace}/cnb-dockerfile/${own}@shop/linux/amd64`, [
      `CNB_CACHE_SCOPE=${own}`,
    ]);
    await seedCaches(gateway, {
      scope: { own, namespace, ...(base === undefined ? {} : { base }) },
      stages: [{ platform: amd64, exported }],
      tool: file("/tool", "tool", "tool"),
      buildPlatform: amd64,
    });
    return fake.solved.flatMap(({ definition }) => (definition === undefined ? [] : [definition]));
  };

  it("is mounted read-only and alone, by our own program, upon the same input as the own cache", async () => {
    const [definition] = await seeded("pr-7", "main");
    const [own, base] = cachesOf(definition as Definition).sort((a, b) => (a.dest < b.dest ? 1 : -1));
    expect(own).toMatchObject({ dest: "/cache", readonly: false, cacheOpt: { id: ours, sharing: 2 } });
    expect(base).toMatchObject({
      ...{ dest: "/base", readonly: true, input: own?.input },
      cacheOpt: { id: "/cnb-dockerfile/main@shop/linux/amd64", sharing: 2 },
    });
    const [step] = stepsOf(definition as Definition);
    expect(step?.meta?.args.slice(2)).toEqual([
      ...["cache-seed", "--cache=/cache", "--base=/base", "--base-scope=main"],
    ]);
  });

  it("is taken hold of in one order, whichever of two scopes is whose base", async () => {
    const idsOf = async (own: string, base: string) => idOf((await seeded(own, base))[0] as Definition);
    expect(await idsOf("a", "b")).toEqual(await idsOf("b", "a"));
  });

  it("stays in the namespace that the client chose", async () => {
    const [definition] = await seeded("pr-7", "main", "runner");
    expect(idOf(definition as Definition)).toContain("runner/cnb-dockerfile/main@shop/linux/amd64");
  });

  it("that nobody names is looked for nowhere", async () => {
    expect(await seeded("pr-7", undefined)).toEqual([]);
  });

  it("is a new step each time, or BuildKit would answer with what an earlier one saw", async () => {
    const [first] = await seeded("pr-7", "main");
    const [second] = await seeded("pr-7", "main");
    expect(definitionFor(stateOf(first as Definition)).def).not.toEqual(
      definitionFor(stateOf(second as Definition)).def,
    );
  });
});
