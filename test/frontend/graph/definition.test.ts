import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Definition, MountContentCache, OpSchema } from "../../../frontend/generated/ops_pb.js";
import { alreadyRun, exportSteps, type KeptLayer } from "../../../frontend/graph/definition.ts";
import { definitionFor, file } from "../../../frontend/graph/llb.ts";
import { digestOf } from "../../../src/image/digest.ts";
import { keptDirectory } from "../../../src/stages/paths.ts";
import { buildStage, cacheMount, exportStage, forImage, layersMount } from "../../helpers/export-stage.ts";

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
  const steps = exportSteps(definition, (text) => `[x] ${text}`);
  if (steps === undefined) throw new Error("no steps");
  return steps;
}
const contentKeys = (program: ReturnType<typeof programs>[number] | undefined) =>
  program?.exec.mounts.map(({ dest, contentCache }) => [dest, MountContentCache[contentCache]]);

describe("the stage `export`", () => {
  const before = exportStage({ mounts });
  const { image, build, cache } = stepsOf(before);
  const [forImageAlone] = programs(image);
  const [list, write] = cache === undefined ? [] : programs(cache);

  it("makes the image in a step that is known by how its mounts were made", () => {
    expect(forImageAlone?.title).toBe("[export 1/1] RUN node");
    expect(forImageAlone?.exec.meta?.env).toEqual([forImage]);
    expect(contentKeys(forImageAlone)).toEqual([
      ["/", "OFF"],
      ["/layers", "OFF"],
      ["/workspace", "OFF"],
      ["/cache", "DEFAULT"],
    ]);
  });

  it("says what the cache consists of in a step that is known by the layers' contents alone", () => {
    expect(list?.title).toBe("[x] list the buildpack cache");
    expect(list?.exec.meta?.env).toEqual(["CNB_DOCKERFILE_ASSEMBLE=cache-list"]);
    expect(contentKeys(list)).toEqual([
      ["/", "OFF"],
      ["/layers", "ON"],
    ]);
  });

  it("writes the cache in a step that sees that list", () => {
    expect(write?.title).toBe("[x] write the buildpack cache");
    expect(write?.exec.meta?.env).toEqual(["CNB_DOCKERFILE_ASSEMBLE=cache"]);
    expect(write?.exec.meta?.args).toEqual(["node", "--listed=/cnb-dockerfile-list/cache.json"]);
    const mount = write?.exec.mounts.at(-1);
    expect(mount).toMatchObject({ selector: "/image", dest: "/cnb-dockerfile-list", readonly: true });
    expect(write?.inputs[Number(mount?.input)]?.digest).toBe(list?.digest);
    expect(contentKeys(write)?.slice(0, 4)).toEqual(contentKeys(forImageAlone));
  });

  describe("once the image is made upon a previous one", () => {
    const keptMount = { ...layersMount, dest: keptDirectory, selector: keptDirectory };
    const stage = exportStage({ mounts: [...mounts, keptMount] });
    const kept = { state: file("/layers/a/tool/x", "x", "a layer"), path: "/layers/a/tool" };
    const writing = (definition: Definition, layers: readonly KeptLayer[]) => {
      const made = stepsOf(definition).cacheAfter?.(layers);
      if (made === undefined) throw new Error("no cache");
      return made;
    };

    it("both steps see what was kept of it, the first by its content", () => {
      const definition = writing(stage, [kept]);
      const [listed, written] = programs(definition);
      for (const program of [listed, written]) {
        const mount = program?.exec.mounts.find(
          ({ dest }) => dest === `/cnb-dockerfile-previous${kept.path}`,
        );
        expect(mount).toMatchObject({ selector: kept.path, readonly: true });
        expect(program?.inputs[Number(mount?.input)]?.digest).toBe(kept.state.digest);
        expect(program?.exec.meta?.args).toContain("--previous=/cnb-dockerfile-previous");
      }
      expect(contentKeys(listed)?.at(-1)).toEqual(["/cnb-dockerfile-previous/layers/a/tool", "ON"]);
      expect(contentKeys(written)?.at(-2)).toEqual(["/cnb-dockerfile-previous/layers/a/tool", "OFF"]);
      // BuildKit wants what an operation needs before it, and each once.
      const digests = definition.def.map(digestOf);
      expect(digests.indexOf(kept.state.digest)).toBe(0);
      expect(new Set(digests).size).toBe(digests.length);
    });

    it("they are the usual ones where nothing was", () => {
      expect(writing(stage, []).def).toEqual(stepsOf(stage).cache?.def);
      // A file of an earlier release has no memory.
      expect(writing(before, [kept]).def).toEqual(cache?.def);
      expect(programs(writing(before, [kept])).map(({ exec }) => exec)).toEqual([list?.exec, write?.exec]);
    });

    it("nothing but these steps has the mark of `--no-cache`: all else has run", () => {
      const definition = writing(stage, [kept]);
      const marked = Object.entries(definition.metadata).filter(([, { ignoreCache }]) => ignoreCache);
      expect(marked.map(([digest]) => digest).sort()).toEqual(
        programs(definition)
          .map(({ digest }) => digest)
          .sort(),
      );
    });
  });

  it("keeps the lines that it comes from in each step", () => {
    for (const program of [forImageAlone, list, write]) expect(program?.lines).toHaveLength(1);
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
    expect(stepsOf(definition).cache).toBeUndefined();
  });

  it.each([
    ["runs nothing", definitionFor(file("/a", "text", "a file"))],
    ["does not see the layers", exportStage({ mounts: [cacheMount] })],
  ])("that %s is no use", (_, definition) => {
    expect(exportSteps(definition, (text) => text)).toBeUndefined();
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
