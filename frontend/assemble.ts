import { type ImageLayer, parseImageDescription } from "../src/export/image-description.ts";
import { type AppPlan, formatPlatform, type Platform } from "../src/index.ts";
import { definitionOf, type Gateway } from "./gateway.ts";
import type { Ref } from "./generated/gateway_pb.js";
import { finishedConfig } from "./image-config.ts";
import { copy, definitionFor, image, merge, platformOf, run, type State, stateOf, trace } from "./llb.ts";

/** 1980-01-01T00:00:01Z, the time of every file in a buildpacks image. Source: CNB platform spec, "exporter". */
export const epochSeconds = 315_532_801;

export interface AssemblyRequest {
  readonly platform: Platform;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
  /** What the stages `export` and `build` left. */
  readonly exported: Ref;
  readonly built: Ref;
  /** Image that holds the export program. */
  readonly tool: State;
  readonly runImage: AppPlan["runImage"] & {
    /** Of this platform, as its registry has it. */
    readonly config: Uint8Array;
  };
  /** Whether BuildKit can lay file systems over each other; a docker daemon with its classic store cannot. */
  readonly canMerge: boolean;
  /** Time of the image, in seconds since 1970; absent: 1980-01-01T00:00:01Z. */
  readonly createdSeconds?: number;
  /** Labels that the build was asked for beside its own. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A finished image of one platform. */
export interface AssembledImage {
  readonly platform: Platform;
  readonly ref: Ref;
  /** JSON. */
  readonly config: Uint8Array;
  /** Config of the run image, as its registry has it. */
  readonly baseConfig: Uint8Array;
}

/**
 * Makes one platform's image of what its stages left: each layer is a copy of its own, known by its content, with a step
 * beside it that says which digest the layer will have. Source: ARCHITECTURE.md, "Assembly".
 */
export async function assemble(gateway: Gateway, request: AssemblyRequest): Promise<AssembledImage> {
  const { platform, exported, built, runImage, labels } = request;
  const title = (text: string) => `[${formatPlatform(platform)}] ${text}`;
  const json = await gateway.readFile(exported, "/image/image.json");
  const description = parseImageDescription(Buffer.from(json).toString());
  const stages = { export: stateOf(definitionOf(exported)), build: stateOf(definitionOf(built)) };
  const layers = description.layers.map((layer) => layerState(layer, stages[layer.source.stage], title));
  const digests = digestFiles(layers, description, request, title);
  const written = await gateway.solveGraph(definitionFor(digests), true);
  const diffIds = await Promise.all(
    layers.map(async (_, index) => Buffer.from(await gateway.readFile(written, `/${index}`)).toString()),
  );
  const base = image(runImage.reference, platformOf(platform), title(`run image ${runImage.name}`));
  const read = [stages.export, digests].filter((state) => state !== undefined);
  const finished = request.canMerge ? overlaid(base, layers, read, title) : stacked(base, layers, title);
  return {
    platform,
    ref: await gateway.solveGraph(definitionFor(finished), false),
    config: finishedConfig({
      base: runImage.config,
      image: description,
      diffIds,
      runImage,
      labels,
      createdSeconds: request.createdSeconds ?? epochSeconds,
    }),
    baseConfig: runImage.config,
  };
}

type Title = (text: string) => string;

/** Each layer as it is, whatever lies below it: a new run image copies nothing again. */
function overlaid(base: State, layers: readonly State[], read: readonly State[], title: Title): State {
  // What was only read would be missing from an exported cache, and made anew on each fresh machine.
  const kept = read.map((state) => trace(state, title("keep the description of the image in the cache")));
  return merge([base, ...layers, ...kept], title("image"));
}

/** The same layers, byte for byte, each copied onto those below it. */
export function stacked(base: State, layers: readonly State[], title: Title): State {
  return layers.reduce(
    (onto, from, index) =>
      copy(
        [{ from, source: "/", destination: "/" }],
        { onto, timeSeconds: epochSeconds },
        title(`add layer ${index + 1}`),
      ),
    base,
  );
}

/** A layer, as BuildKit is to export it. In: the stage that holds it. */
export function layerState(
  { source, destination, user, history }: Pick<ImageLayer, "source" | "destination" | "user" | "history">,
  from: State | undefined,
  title: Title,
): State {
  const attributes = { owner: user, timeSeconds: epochSeconds };
  return copy([{ from, source: source.path, destination }], attributes, title(`layer: ${history}`));
}

/**
 * The digest of each layer, as a file named by its number: from the very files that BuildKit will export, in a step that
 * runs again only for a layer that changed. All in one place, so that one Solve makes them side by side.
 */
export function digestFiles(
  layers: readonly State[],
  description: { readonly layers: readonly Pick<ImageLayer, "history">[] },
  { tool, buildPlatform }: Pick<AssemblyRequest, "tool" | "buildPlatform">,
  title: Title,
): State {
  const steps = layers.map((layer, index) =>
    run(
      {
        root: tool,
        argv: ["node", "/cnb-dockerfile/export.mjs", "digest", "--from=/layer", "--to=/digest/sha256"],
        env: ["PATH=/usr/local/bin"],
        platform: platformOf(buildPlatform),
        mounts: [{ state: layer, target: "/layer" }],
        output: "/digest",
      },
      title(`digest: ${description.layers[index]?.history ?? ""}`),
    ),
  );
  const requests = steps.map((from, index) => ({ from, source: "/sha256", destination: `/${index}` }));
  const attributes = { owner: { uid: 0, gid: 0 }, timeSeconds: epochSeconds };
  return copy(requests, attributes, title("digests of the layers"));
}
