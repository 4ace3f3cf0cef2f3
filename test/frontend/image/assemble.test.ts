import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { StepWarnings } from "../../../frontend/failures/step-warnings.ts";
import type { SolveRequest } from "../../../frontend/generated/gateway_pb.js";
import type { Definition } from "../../../frontend/generated/ops_pb.js";
import { definitionFor, file, image, platformOf, stateOf } from "../../../frontend/graph/llb.ts";
import { assemble } from "../../../frontend/image/assemble.ts";
import { imageResult } from "../../../frontend/image/result.ts";
import type { PreviousImage } from "../../../frontend/sources/previous-image.ts";
import { formatCacheCheck } from "../../../src/contract/cache/cache-check.ts";
import { imageLayersKey, parseImageLayers } from "../../../src/contract/layer-measure.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { parsePlatform } from "../../../src/image/platform.ts";
import { keptDirectory } from "../../../src/stages/paths.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { buildUpon, cacheMount, exportStage, layersMount } from "../../helpers/export-stage.ts";
import { type FakeScript, operationsOf } from "../../helpers/fake-buildkit.ts";
import { connected } from "../../helpers/frontend.ts";

const keptMount = { ...layersMount, dest: keptDirectory, selector: keptDirectory };
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const arm64 = parsePlatform("linux/arm64") ?? { os: "linux", architecture: "arm64" };
const amd64 = parsePlatform("linux/amd64") ?? { os: "linux", architecture: "amd64" };

const layer = (kind: string, stage: string, path: string) => ({
  ...{ kind, paths: [path], source: { stage, path }, destination: path, user: { uid: 1, gid: 2 } },
  ...{ history: `the layer ${kind}`, slot: kind },
});
const description = JSON.stringify({
  version: 1,
  layers: [
    layer("app", "build", "/workspace"),
    layer("launcher", "export", "/cnb/lifecycle"),
    layer("config", "export", "/layers/config"),
  ],
  config: {
    env: [],
    pathPrefix: "/cnb/process:",
    entrypoint: ["/x"],
    cmd: [],
    workingDirectory: "/workspace",
  },
  processes: [],
  labels: {},
  lifecycleMetadata: { buildpacks: [] },
});

const titleOf = ({ definition }: SolveRequest) => {
  const state = definition && stateOf(definition);
  return state?.operations.get(state.digest)?.metadata.description["llb.customname"] ?? "";
};

/** Answers each graph with a Ref that has its title. */
const solve: NonNullable<FakeScript["solve"]> = (request) => ({
  result: {
    case: "ref",
    value: { id: titleOf(request), ...(request.definition && { def: request.definition }) },
  },
});

async function assembled(
  files: Readonly<Record<string, string>>,
  {
    json = description,
    canMerge = true,
    previous,
    script = {},
    exported,
  }: {
    readonly exported?: Definition;
    readonly json?: string;
    readonly canMerge?: boolean;
    readonly previous?: PreviousImage;
    readonly script?: FakeScript;
  } = {},
) {
  const refs = { exported: { "/image/image.json": json }, "[linux/arm64] compute layer digests": files };
  const { fake, gateway } = connected({ solve, refs, ...script });
  const said: Diagnostic[] = [];
  const warnings = new StepWarnings(gateway);
  const assembledImage = await assemble(gateway, {
    platform: arm64,
    buildPlatform: amd64,
    exported: exported ?? exportStage({ title: "exported" }),
    tool: file("/tool", "tool", "tool"),
    canMerge,
    runImage: {
      reference: `acme/run:24@${digest("9")}`,
      name: "acme/run:24",
      setsPath: true,
      state: image(`acme/run:24@${digest("9")}`, platformOf(arm64), "[linux/arm64] run image acme/run:24"),
      config: Buffer.from(JSON.stringify({ rootfs: { diff_ids: [digest("1")] } })),
    },
    ...(previous === undefined ? {} : { previous }),
    labels: {},
    attachesSboms: false,
    warnings,
  });
  warnings.tell((warning) => void said.push(warning));
  return { fake, image: assembledImage, said };
}
const measured = (letter: string, sizeBytes: number) => `${digest(letter)} ${sizeBytes}`;
const digests = { "/0": measured("a", 4096), "/1": measured("b", 10), "/2": measured("c", 0) };

describe("an image is assembled", () => {
  it("of the run image and a copy for each layer, with what was only read kept in its graph", async () => {
    const { fake, image } = await assembled(digests);
    expect(image.ref.id).toBe("[linux/arm64] image");
    const merge = fake.solved.at(-1)?.definition;
    const { inputs } = operationsOf(merge ?? definitionFor(undefined)).at(-1) ?? { inputs: [] };
    const titles = inputs.map(({ digest: input }) => merge?.metadata[input]?.description["llb.customname"]);
    expect(titles).toEqual([
      "[linux/arm64] run image acme/run:24",
      "[linux/arm64] layer: the layer app",
      "[linux/arm64] layer: the layer launcher",
      "[linux/arm64] layer: the layer config",
      "[linux/arm64] keep the image's inputs in the cache",
      "[linux/arm64] keep the image's inputs in the cache",
    ]);
  });

  it("where nothing can be merged, of the run image and each layer copied onto those below it", async () => {
    const { fake, image } = await assembled(digests, { canMerge: false });
    expect(image.ref.id).toBe("[linux/arm64] add layer 3");
    const graph = fake.solved.at(-1)?.definition ?? definitionFor(undefined);
    const operations = operationsOf(graph);
    expect(operations.map(({ op }) => op.case)).not.toContain("merge");
    expect(operations.map(({ op }) => op.case)).not.toContain("diff");
    const inputs = operations.map((each) =>
      each.inputs.map(({ digest: input }) => graph.metadata[input]?.description["llb.customname"]),
    );
    expect(inputs).toEqual(
      expect.arrayContaining([
        ["[linux/arm64] run image acme/run:24", "[linux/arm64] layer: the layer app"],
        ["[linux/arm64] add layer 1", "[linux/arm64] layer: the layer launcher"],
        ["[linux/arm64] add layer 2", "[linux/arm64] layer: the layer config"],
      ]),
    );
  });

  it("with the digests that the steps beside the layers found, on the machine that builds", async () => {
    const { fake, image } = await assembled(digests);
    const { config } = JSON.parse(Buffer.from(image.config).toString());
    expect(JSON.parse(config.Labels["io.buildpacks.lifecycle.metadata"])).toMatchObject({
      app: [{ sha: digest("a") }],
      launcher: { sha: digest("b") },
      config: { sha: digest("c") },
    });
    const programs = operationsOf(fake.solved[1]?.definition ?? definitionFor(undefined)).filter(
      ({ op }) => op.case === "exec" && op.value.meta?.args.includes("digest"),
    );
    expect(programs.map(({ platform }) => platform?.architecture)).toEqual(["amd64", "amd64", "amd64"]);
  });
});

describe("what the build's own step has found out", () => {
  const measuredIn = (indexes: readonly number[]) =>
    JSON.stringify({
      ...JSON.parse(description),
      layers: JSON.parse(description).layers.map((one: object, index: number) =>
        indexes.includes(index) ? { ...one, measure: { digest: digest("e"), sizeBytes: 7 } } : one,
      ),
    });
  const programsOf = ({ solved }: { readonly solved: readonly SolveRequest[] }) =>
    solved.flatMap(({ definition }) =>
      operationsOf(definition ?? definitionFor(undefined)).flatMap(({ op }) =>
        op.case === "exec" && op.value.meta?.args.includes("digest") ? [op.value] : [],
      ),
    );

  it("is the digest of every layer: no other step looks at one", async () => {
    const { fake, image } = await assembled({}, { json: measuredIn([0, 1, 2]) });
    expect(programsOf(fake)).toEqual([]);
    expect(image.diffIds).toEqual([digest("1"), digest("e"), digest("e"), digest("e")]);
    expect(image.layers.map(({ sizeBytes }) => sizeBytes)).toEqual([7, 7, 7]);
  });

  it("is the digest of some: a step looks at each other one", async () => {
    const { image } = await assembled({ "/1": measured("b", 10) }, { json: measuredIn([0, 2]) });
    expect(image.diffIds).toEqual([digest("1"), digest("e"), digest("b"), digest("e")]);
  });

  it.each([
    ["is the cache that this build would write: it is not written", true, false],
    ["is another cache: it is written", false, true],
    ["is not told by a program of another release: the cache is written", undefined, true],
  ])("%s", async (_, isCurrent, isWritten) => {
    const exported = exportStage({ title: "exported", mounts: [layersMount, cacheMount] });
    const check =
      isCurrent === undefined ? {} : { "/image/cache.json": formatCacheCheck({ isCurrent, unchanged: {} }) };
    const refs = {
      exported: { "/image/image.json": description, ...check },
      "[linux/arm64] compute layer digests": digests,
    };
    const { fake } = await assembled({}, { exported, script: { refs } });
    expect(fake.solved.map(titleOf).includes("[linux/arm64] write the buildpack cache")).toBe(isWritten);
  });

  it("is which layers are as they were restored, which BuildKit knows", async () => {
    const restore = file("/layers/a/tool/x", "x", "restored");
    const json = JSON.stringify({
      ...JSON.parse(description),
      layers: [{ ...layer("launch", "restored", "/layers/a/tool"), id: "a", name: "tool" }],
    });
    const exported = exportStage({ title: "exported", build: buildUpon(restore, "/layers") });
    const { fake } = await assembled(digests, { json, exported });
    const merged = fake.solved.at(-1)?.definition;
    const copied = operationsOf(merged ?? definitionFor(undefined)).find(
      ({ inputs, op }) => op.case === "file" && inputs.some((input) => input.digest === restore.digest),
    );
    expect(copied).toBeDefined();
  });
});

describe("a layer that was kept from the previous image", () => {
  const previous: PreviousImage = {
    reference: `acme/app@${digest("8")}`,
    contextFiles: [],
    withSbom: new Set(),
  };
  const kept = JSON.stringify({
    ...JSON.parse(description),
    layers: [
      { ...layer("launch", "previous", "/layers/a/tool"), id: "a", name: "tool" },
      ...JSON.parse(description).layers,
    ],
  });

  it("is copied from that image of the same platform, with a digest of its own", async () => {
    const four = { ...digests, "/3": measured("d", 1) };
    const { fake, image } = await assembled(four, { json: kept, previous });
    const [definition] = fake.solved.slice(1).flatMap((request) => request.definition ?? []);
    const operations = operationsOf(definition ?? definitionFor(undefined));
    expect(
      operations.map(({ op, platform }) => [op.case === "source" && op.value.identifier, platform]),
    ).toContainEqual([
      `docker-image://${previous.reference}`,
      expect.objectContaining({ os: "linux", architecture: "arm64" }),
    ]);
    expect(Buffer.from(image.config).toString()).toContain("the layer launch");
  });

  it("goes into the app's cache, too, when its digest is known", async () => {
    const stage = exportStage({ title: "exported", mounts: [layersMount, keptMount, cacheMount] });
    const script = {
      refs: {
        exported: { "/image/image.json": kept },
        "[linux/arm64] compute layer digests": { ...digests, "/3": measured("d", 1) },
      },
    };
    const { fake } = await assembled({}, { previous, script, exported: stage });
    const titles = fake.solved.map(titleOf);
    const written = titles.indexOf("[linux/arm64] write the buildpack cache");
    expect(written).toBeGreaterThan(titles.indexOf("[linux/arm64] compute layer digests"));
    const operations = operationsOf(fake.solved[written]?.definition ?? definitionFor(undefined));
    const mounts = operations.flatMap(({ op }) => (op.case === "exec" ? op.value.mounts : []));
    const dest = "/cnb-dockerfile-previous/layers/a/tool";
    expect(mounts.filter((mount) => mount.dest === dest)).toHaveLength(1);
    // It is the layer as it goes into the image, by which the next build's has the same digest.
    expect(operations.map(({ op }) => op.case)).toContain("file");
  });

  it("is named where only the label of that image has it", async () => {
    const failing: FakeScript = {
      solve: (request) => {
        if (titleOf(request).includes("digests")) throw new ConnectError("not found", Code.Unknown);
        return solve(request);
      },
    };
    const { faults } = await faultsOfAsync(assembled(digests, { json: kept, previous, script: failing }));
    expect(faults).toMatchObject([
      { code: "frontend/previous-layer-gone", message: expect.stringContaining("has no /layers/a/tool") },
    ]);
  });
});

it.each([
  ["no digest", {}, description, "no such file"],
  ["a description that is not JSON", digests, "{", "JSON"],
  ["a description of another form", digests, "{}", "version"],
])("%s is an error, not an image", async (_, files, json, message) => {
  await expect(assembled(files, { json })).rejects.toThrow(message);
});

it("what the stage `export` has to say is told, each time anew", async () => {
  const warning = { code: "export/left-out", message: "x is a FIFO and was left out." };
  const files = {
    "/image/image.json": description,
    "/image/warnings.json": JSON.stringify([{ ...warning, printedMs: 1 }]),
  };
  const { said } = await assembled(digests, {
    script: { refs: { exported: files, "[linux/arm64] compute layer digests": digests } },
  });
  expect(said).toEqual([{ ...warning, severity: "warning" }]);
});

it("a stage `export` that does not see the build's layers is said", async () => {
  const { faults } = await faultsOfAsync(assembled(digests, { exported: exportStage({ mounts: [] }) }));
  expect(faults).toMatchObject([{ code: "frontend/export-edited" }]);
});

describe("the result of a build", () => {
  it("is one Ref for one platform, and an index where it was asked for", async () => {
    const { fake, image } = await assembled(digests);
    const alone = imageResult([image], false);
    expect(alone.result).toEqual({ case: "ref", value: image.ref });
    expect(Object.keys(alone.metadata ?? {})).toEqual([
      "containerimage.config",
      "containerimage.base.config",
      "frontend.cnb-dockerfile.layers",
    ]);
    const index = imageResult([image, { ...image, platform: amd64 }], true);
    expect(index.result?.case).toBe("refs");
    expect(Object.keys(index.metadata ?? {})).toEqual([
      "containerimage.config/linux/arm64",
      "containerimage.base.config/linux/arm64",
      "containerimage.config/linux/amd64",
      "containerimage.base.config/linux/amd64",
      "refs.platforms",
      "frontend.cnb-dockerfile.layers",
    ]);
    const told = parseImageLayers(Buffer.from(index.metadata?.[imageLayersKey] ?? []).toString());
    expect(Object.keys(told ?? {})).toEqual(["linux/arm64", "linux/amd64"]);
    // By the titles of the steps, so that the client finds out which of them BuildKit had already.
    const titles = told?.["linux/arm64"]?.map(({ title }) => title) ?? [];
    const merge = fake.solved.at(-1)?.definition;
    const steps = Object.values(merge?.metadata ?? {}).map(
      ({ description: { "llb.customname": title } }) => title,
    );
    expect(steps).toEqual(expect.arrayContaining(titles));
    expect(told?.["linux/arm64"]?.map(({ sizeBytes }) => sizeBytes)).toEqual([4096, 10, 0]);
    const platforms = JSON.parse(Buffer.from(index.metadata?.["refs.platforms"] ?? []).toString());
    expect(platforms).toEqual({
      Platforms: [
        { ID: "linux/arm64", Platform: { os: "linux", architecture: "arm64" } },
        { ID: "linux/amd64", Platform: { os: "linux", architecture: "amd64" } },
      ],
    });
  });
});
