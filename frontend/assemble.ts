import {
  type ImageDescription,
  type ImageLayer,
  parseImageDescription,
} from "../src/export/image-description.ts";
import { type AppPlan, CompileError, diagnose, formatPlatform, type Platform } from "../src/index.ts";
import { alreadyRun, type ExportSteps, exportSteps } from "./definition.ts";
import type { Gateway } from "./gateway.ts";
import type { Ref } from "./generated/gateway_pb.js";
import type { Definition } from "./generated/ops_pb.js";
import { finishedConfig } from "./image-config.ts";
import { copy, definitionFor, merge, platformOf, run, type State, stateOf, trace } from "./llb.ts";
import type { LoadedImage } from "./named-contexts.ts";
import { type PreviousImage, previousState } from "./previous-image.ts";

/** 1980-01-01T00:00:01Z, the time of every file in a buildpacks image. Source: CNB platform spec, "exporter". */
export const epochSeconds = 315_532_801;

export interface AssemblyRequest {
  readonly platform: Platform;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
  /** The stages `export` and `build`, which nobody has run yet. */
  readonly exported: Definition;
  readonly built: Definition;
  /** Image that holds the export program. */
  readonly tool: State;
  /** Of this platform. */
  readonly runImage: AppPlan["runImage"] & LoadedImage;
  /** Image that kept layers are taken from; absent: none was offered. */
  readonly previous?: PreviousImage;
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
  const title = (text: string) => `[${formatPlatform(request.platform)}] ${text}`;
  const steps = exportSteps(request.exported, title("write the buildpacks' cache"));
  const [image] = await Promise.all([
    assembleImage(gateway, request, steps, title),
    ...(steps.cache === undefined ? [] : [gateway.solveGraph(steps.cache, true)]),
  ]);
  return image;
}

type Title = (text: string) => string;

async function assembleImage(
  gateway: Gateway,
  request: AssemblyRequest,
  steps: ExportSteps,
  title: Title,
): Promise<AssembledImage> {
  const { platform, built, previous, runImage, labels } = request;
  const exported = await gateway.solveGraph(steps.image, true);
  const json = await gateway.readFile(exported, "/image/image.json");
  const description = parseImageDescription(Buffer.from(json).toString());
  const stateAfter = (definition: Definition) => stateOf(alreadyRun(definition));
  const stages = {
    export: stateAfter(steps.image),
    build: stateAfter(built),
    previous: previous && previousState(previous, platform),
  };
  const cache = steps.cache && stateAfter(steps.cache);
  const layers = description.layers.map((layer) => layerState(layer, stages[layer.source.stage], title));
  const digests = digestFiles(layers, description, request, title);
  const written = await gateway.solveGraph(definitionFor(digests), true).catch(async (error: unknown) => {
    if (previous !== undefined) await requireKept(gateway, previous, platform, description);
    throw error;
  });
  const diffIds = await Promise.all(
    layers.map(async (_, index) => Buffer.from(await gateway.readFile(written, `/${index}`)).toString()),
  );
  const base = runImage.state;
  const read = [stages.export, cache, digests].filter((state) => state !== undefined);
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

/** Each layer as it is, whatever lies below it: a new run image copies nothing again. */
function overlaid(
  base: State | undefined,
  layers: readonly State[],
  read: readonly State[],
  title: Title,
): State {
  // What was only read would be missing from an exported cache, and made anew on each fresh machine.
  const kept = read.map((state) => trace(state, title("keep in the cache what the image was made with")));
  return merge([...(base === undefined ? [] : [base]), ...layers, ...kept], title("image"));
}

/** The same layers, byte for byte, each copied onto those below it. */
function stacked(base: State | undefined, layers: readonly State[], title: Title): State | undefined {
  return layers.reduce(
    (onto, from, index) =>
      copy(
        [{ from, source: "/", destination: "/" }],
        { timeSeconds: epochSeconds, ...(onto === undefined ? {} : { onto }) },
        title(`add layer ${index + 1}`),
      ),
    base,
  );
}

/**
 * A layer of the previous image, too, is a copy of its files with a digest of its own: where another program wrote the
 * image, its tar and so the digest in its label were others, and the label has to be true of this one.
 */
function layerState(
  { source, destination, user, history }: ImageLayer,
  from: State | undefined,
  title: Title,
): State {
  const attributes = { owner: user, timeSeconds: epochSeconds };
  return copy([{ from, source: source.path, destination }], attributes, title(`layer: ${history}`));
}

/** Throws CompileError for a kept layer that the previous image has only by its label. */
async function requireKept(
  gateway: Gateway,
  previous: PreviousImage,
  platform: Platform,
  { layers }: ImageDescription,
): Promise<void> {
  const ref = await gateway.solveGraph(definitionFor(previousState(previous, platform)), false);
  for (const { source } of layers.filter(({ source: { stage } }) => stage === "previous")) {
    if ((await gateway.statFileIfAny(ref, source.path)) !== undefined) continue;
    const { reference } = previous;
    throw new CompileError([
      diagnose("frontend/previous-layer-gone", { image: reference, path: source.path }, { file: reference }),
    ]);
  }
}

/**
 * The digest of each layer, as a file named by its number: from the very files that BuildKit will export, in a step that
 * runs again only for a layer that changed. All in one place, so that one Solve makes them side by side.
 */
function digestFiles(
  layers: readonly State[],
  description: ImageDescription,
  { tool, buildPlatform }: AssemblyRequest,
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
