import type { ImageDescription, ImageLayer } from "../src/export/image-description.ts";
import { parseImageDescription } from "../src/export/image-description.ts";
import type { LabelledRunImage } from "../src/export/lifecycle-label.ts";
import { type Gateway, definitionOf } from "./gateway.ts";
import type { Ref } from "./generated/gateway_pb.js";
import type { PlatformSchema } from "./generated/ops_pb.js";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { finishedConfig } from "./image-config.ts";
import { copy, definitionFor, image, merge, run, type State, stateOf, trace } from "./llb.ts";

/** 1980-01-01T00:00:01Z, the time of every file in a buildpacks image. */
const epochSeconds = 315_532_801;

export interface AssemblyRequest {
  /** `linux/arm64`, for people. */
  readonly platform: string;
  readonly target: MessageInitShape<typeof PlatformSchema>;
  readonly buildPlatform: MessageInitShape<typeof PlatformSchema>;
  /** What the stages `export` and `build` left. */
  readonly exported: Ref;
  readonly built: Ref;
  /** Image that holds the export program. */
  readonly tool: State;
  /** Name by digest, config, and what the label says of it. */
  readonly runImage: Omit<LabelledRunImage, "topLayer"> & {
    readonly pinned: string;
    readonly config: Uint8Array;
  };
  readonly labels: Readonly<Record<string, string>>;
}

/** A finished image: its file system, and its config as JSON. */
export interface AssembledImage {
  readonly ref: Ref;
  readonly config: Uint8Array;
}

/**
 * Makes the image of one platform from what its stages left: each layer is a copy of its own, known by its content, with
 * a step beside it that says the digest which the layer will have. Source: ARCHITECTURE.md, "Assembly".
 */
export async function assemble(gateway: Gateway, request: AssemblyRequest): Promise<AssembledImage> {
  const { platform, exported, built, runImage } = request;
  const json = await gateway.readFile(exported, "/image/image.json");
  const description = parseImageDescription(Buffer.from(json).toString());
  const stages = { export: stateOf(definitionOf(exported)), build: stateOf(definitionOf(built)) };
  const layers = description.layers.map((layer) => layerOf(layer, stages[layer.source.stage], platform));
  const digests = collect(layers.map((layer, index) => digestStep(layer, description, index, request)), platform);
  const read = await gateway.solveGraph(definitionFor(digests), true);
  const diffIds = await Promise.all(
    layers.map(async (_, index) => text(await gateway.readFile(read, `/${index}`))),
  );
  const base = image(runImage.pinned, request.target, `[${platform}] run image ${runImage.pinned}`);
  const kept = [stages.export, digests].flatMap((state) =>
    state === undefined ? [] : [trace(state, `[${platform}] keep how the image was described`)],
  );
  const result = merge([base, ...layers, ...kept], `[${platform}] image`);
  return {
    ref: await gateway.solveGraph(definitionFor(result), false),
    config: finishedConfig({ base: runImage.config, image: description, diffIds, runImage, labels: request.labels }),
  };
}

function layerOf(layer: ImageLayer, from: State | undefined, platform: string): State {
  const { source, destination, user, history } = layer;
  const attributes = { owner: user, timeSeconds: epochSeconds };
  return copy([{ from, source: source.path, destination }], attributes, `[${platform}] layer: ${history}`);
}

/** The digest of a layer, from the very files that BuildKit will export. */
function digestStep(
  layer: State,
  description: ImageDescription,
  index: number,
  { platform, tool, buildPlatform }: AssemblyRequest,
): State {
  return run(
    {
      root: tool,
      argv: ["node", "/cnb-dockerfile/export.mjs", "digest", "--from=/layer", "--to=/digest/sha256"],
      env: ["PATH=/usr/local/bin"],
      platform: buildPlatform,
      mounts: [{ state: layer, target: "/layer" }],
      output: "/digest",
    },
    `[${platform}] digest: ${description.layers[index]?.history}`,
  );
}

/** All digests in one place, so that one Solve makes them side by side. */
function collect(digests: readonly State[], platform: string): State {
  const requests = digests.map((from, index) => ({ from, source: "/sha256", destination: `/${index}` }));
  const attributes = { owner: { uid: 0, gid: 0 }, timeSeconds: epochSeconds };
  return copy(requests, attributes, `[${platform}] digests of the layers`);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().trim();
}
