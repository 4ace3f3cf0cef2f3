import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Definition, MountContentCache, OpSchema } from "../../../frontend/generated/ops_pb.js";
import { alreadyRun, exportSteps, type KeptLayer } from "../../../frontend/graph/definition.ts";
import { definitionFor, file } from "../../../frontend/graph/llb.ts";
import { digestOf } from "../../../src/image/digest.ts";
import { keptDirectory } from "../../../src/stages/paths.ts";
import {
  buildStage,
  buildUpon,
  cacheMount,
  exportStage,
  forImage,
  layersMount,
} from "../../helpers/export-stage.ts";

const workspaceMount = { ...layersMount, dest: "/workspace", selector: "/workspace" };
const mounts = [layersMount, workspaceMount, cacheMount];

/** The programs of a graph, by their titles, the last one last. */
function programs({ def, metadata, source }: Definition) {
  return def.flatMap((bytes) => {
    const { op, inputs } = fromBinary(OpSchema, bytes);
    if (op.case !== "exec") return [];
    const digest = digestOf(bytes);
    const title = metadata[digest]?.description["llb.customname"];
    return [{ title, digest, inputs, exec: op.value, lines: source?.locations[digest]?.locations }];
  });
}

function stepsOf(definition: Definition) {
  const steps = exportSteps(definition, (text) => `[x] ${text}`, false);
  if (steps === undefined) throw new Error("no steps");
  return steps;
}
const contentKeys = (program: ReturnType<typeof programs>[number] | undefined) =>
  program?.exec.mounts.map(({ dest, contentCache }) => [dest, MountContentCache[contentCache]]);

describe("the stage `export`", () => {
  const before = exportStage({ mounts });
  const { image, build, cacheAfter } = stepsOf(before);
  const [forImageAlone] = programs(image);
  const writing = (definition: Definition, layers: readonly KeptLayer[] = []) => {
    const made = stepsOf(definition).cacheAfter?.(layers);
    if (made === undefined) throw new Error("no cache");
    return made;
  };
  const [made, write] = programs(writing(before));

  it("makes the image in a step that is known by how its mounts were made", () => {
    expect(forImageAlone?.title).toBe("[export 1/1] RUN node");
    expect(forImageAlone?.exec.meta?.env).toEqual([forImage]);
    expect(forImageAlone?.exec.meta?.args).toEqual(["node"]);
    expect(contentKeys(forImageAlone)).toEqual([
      ["/", "OFF"],
      ["/layers", "OFF"],
      ["/workspace", "OFF"],
      ["/cache", "DEFAULT"],
    ]);
  });

  it("makes documents of what the buildpacks say in the same step", () => {
    const steps = exportSteps(before, (text) => text, true);
    expect(steps?.saysSboms).toBe(true);
    expect(steps && programs(steps.image)[0]?.exec.meta?.args).toEqual(["node", "--sboms"]);
  });

  it("writes the cache in a step that sees what the first one has found of it", () => {
    expect(made).toEqual(forImageAlone);
    expect(write?.title).toBe("[x] write the buildpack cache");
    expect(write?.exec.meta?.env).toEqual(["CNB_DOCKERFILE_ASSEMBLE=cache"]);
    expect(write?.exec.meta?.args).toEqual(["node", "--checked=/cnb-dockerfile-check/cache.json"]);
    const mount = write?.exec.mounts.at(-1);
    expect(mount).toMatchObject({ selector: "/image", dest: "/cnb-dockerfile-check", readonly: true });
    expect(write?.inputs[Number(mount?.input)]?.digest).toBe(made?.digest);
    expect(contentKeys(write)?.slice(0, 4)).toEqual(contentKeys(forImageAlone));
  });

  it("shows the step for the image what the stage `build` was given as restored layers", () => {
    const restore = file("/layers/a/tool/x", "x", "restored");
    const stage = exportStage({ build: buildUpon(restore, "/layers") });
    const steps = stepsOf(stage);
    const step = programs(steps.image).at(-1);
    const mount = step?.exec.mounts.at(-1);
    expect(mount).toMatchObject({ selector: "/layers", dest: "/cnb-dockerfile/restored", readonly: true });
    expect(MountContentCache[mount?.contentCache ?? 0]).toBe("OFF");
    expect(step?.inputs[Number(mount?.input)]?.digest).toBe(restore.digest);
    expect(step?.exec.meta?.args).toEqual(["node", "--restored=/cnb-dockerfile/restored"]);
    expect(steps.restored?.digest).toBe(restore.digest);
  });

  it.each([
    ["whose build was given others", exportStage({ build: buildUpon(file("/a", "a", "x"), "/elsewhere") })],
    ["that somebody wrote anew", exportStage({ build: buildUpon(file("/a", "a", "x"), "/layers"), env: [] })],
  ])("one %s shows none", (_, stage) => {
    const steps = stepsOf(stage);
    expect(steps.restored).toBeUndefined();
    expect(programs(steps.image).at(-1)?.exec.meta?.args).toEqual(["node"]);
  });

  describe("once the image is made upon a previous one", () => {
    const keptMount = { ...layersMount, dest: keptDirectory, selector: keptDirectory };
    const stage = exportStage({ mounts: [...mounts, keptMount] });
    const kept = { state: file("/layers/a/tool/x", "x", "a layer"), path: "/layers/a/tool" };

    it("the cache is written with what was kept of it", () => {
      const definition = writing(stage, [kept]);
      const written = programs(definition).at(-1);
      const mount = written?.exec.mounts.find(({ dest }) => dest === `/cnb-dockerfile-previous${kept.path}`);
      expect(mount).toMatchObject({ selector: kept.path, readonly: true });
      expect(written?.inputs[Number(mount?.input)]?.digest).toBe(kept.state.digest);
      expect(written?.exec.meta?.args).toContain("--previous=/cnb-dockerfile-previous");
      expect(contentKeys(written)?.at(-1)).toEqual(["/cnb-dockerfile-previous/layers/a/tool", "OFF"]);
      // BuildKit wants what an operation needs before it, and each once.
      const digests = definition.def.map(digestOf);
      expect(digests.indexOf(kept.state.digest)).toBe(0);
      expect(new Set(digests).size).toBe(digests.length);
    });

    it("or as usual where a file of an earlier release has no memory", () => {
      expect(writing(before, [kept]).def).toEqual(cacheAfter?.([]).def);
    });

    it("nothing but that step has the mark of `--no-cache`: all else has run", () => {
      const definition = writing(stage, [kept]);
      const marked = Object.entries(definition.metadata).filter(([, { ignoreCache }]) => ignoreCache);
      expect(marked.map(([digest]) => digest)).toEqual([programs(definition).at(-1)?.digest]);
    });
  });

  it("keeps the lines that it comes from in each step", () => {
    for (const program of [forImageAlone, made, write]) expect(program?.lines).toHaveLength(1);
  });

  it("shows the stage that the layers come from", () => {
    expect(build).toMatchObject({ digest: buildStage.digest, index: buildStage.index });
    expect(definitionFor(build).def).toEqual(
      expect.arrayContaining(definitionFor(buildStage).def.slice(0, 1)),
    );
  });

  it.each([
    ["that keeps no cache", exportStage({ mounts: [layersMount] })],
    ["that somebody wrote anew", exportStage({ mounts, env: ["A=b"] })],
  ])("%s has nothing to do but the image", (_, definition) => {
    expect(stepsOf(definition).cacheAfter).toBeUndefined();
  });

  it.each([
    ["runs nothing", definitionFor(file("/a", "text", "a file"))],
    ["does not see the layers", exportStage({ mounts: [cacheMount] })],
  ])("that %s is no use", (_, definition) => {
    expect(exportSteps(definition, (text) => text, true)).toBeUndefined();
  });
});

it("a graph that has run loses the mark of `--no-cache`, and is the same graph", () => {
  const before = exportStage();
  const after = alreadyRun(before);
  expect(after.def).toEqual(before.def);
  const marks = (definition: Definition) =>
    Object.values(definition.metadata).filter(({ ignoreCache }) => ignoreCache).length;
  expect([marks(before), marks(after)]).toEqual([1, 0]);
});
