import { cacheCheckName, parseCacheCheck } from "../../src/contract/cache/cache-check.ts";
import { epochSeconds } from "../../src/contract/epoch.ts";
import { type ImageDescription, parseImageDescription } from "../../src/contract/image-description.ts";
import {
  type ImageLayers,
  type LayerMeasure,
  layerTitle,
  parseLayerMeasure,
} from "../../src/contract/layer-measure.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import type { AppPlan } from "../../src/plan/lifecycle-plan.ts";
import { present } from "../../src/present.ts";
import { exportWarnings, imageDirectory } from "../../src/stages/paths.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { StepWarnings } from "../failures/step-warnings.ts";
import type { Ref } from "../generated/gateway_pb.js";
import type { Definition } from "../generated/ops_pb.js";
import { alreadyRun, type ExportSteps, exportSteps, type KeptLayer } from "../graph/definition.ts";
import { digestFiles, layerState, overlaid, recalledState, stacked, type Title } from "../graph/layers.ts";
import { definitionFor, type State, stateOf } from "../graph/llb.ts";
import type { LoadedImage } from "../sources/named-contexts.ts";
import { type PreviousImage, previousState } from "../sources/previous-image.ts";
import { finishedConfig, layersOf } from "./image-config.ts";
import type { PushedLayers } from "./pushed-layers.ts";

interface AssemblyRequest {
  readonly platform: Platform;
  /** What the machine that builds runs without emulation. */
  readonly buildPlatform: Platform;
  /** The stage `export`, which nobody has run yet. */
  readonly exported: Definition;
  /** Image that holds the export program. */
  readonly tool: State;
  /** Of this platform. */
  readonly runImage: AppPlan["runImage"] & LoadedImage;
  /** What made each layer that image extensions put upon it; absent: there are none. */
  readonly extensionHistory?: readonly string[];
  /** Image that kept layers are taken from; absent: none was offered. */
  readonly previous?: PreviousImage;
  /** Layers that are in the registry already; absent: nobody asked. */
  readonly pushed?: PushedLayers;
  /** Whether BuildKit can lay file systems over each other; a docker daemon with its classic store cannot. */
  readonly canMerge: boolean;
  /** Time of the image, in seconds since 1970; absent: 1980-01-01T00:00:01Z. */
  readonly createdSeconds?: number;
  /** Labels that the build was asked for beside its own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether what the buildpacks say of the image is to come with it. */
  readonly attachesSboms: boolean;
  /** Takes what the steps have to say. */
  readonly warnings: StepWarnings;
}

/** A finished image of one platform. */
export interface AssembledImage {
  readonly platform: Platform;
  readonly ref: Ref;
  /** JSON. */
  readonly config: Uint8Array;
  /** Config of the run image, as its registry has it. */
  readonly baseConfig: Uint8Array;
  /** Digests of all its layers, the run image's first. */
  readonly diffIds: readonly string[];
  /** Those of the app, lowest first, by the titles of the steps that make them. */
  readonly layers: ImageLayers[string];
  /** The image's files, and the stage that its layers come from, for steps that look into them. */
  readonly rootfs: Definition;
  readonly build: State;
  /** What the buildpacks say of it, a file for each format; absent: nobody asked for it. */
  readonly said?: Ref;
}

/**
 * Makes one platform's image of what its stages left: each layer is a copy of its own, known by its content, with a step
 * beside it that says which digest the layer will have. Source: docs/design/assembly.md.
 */
export async function assemble(gateway: Gateway, request: AssemblyRequest): Promise<AssembledImage> {
  const title = (text: string) => `[${formatPlatform(request.platform)}] ${text}`;
  const steps = exportSteps(request.exported, title, request.attachesSboms);
  if (steps === undefined) throw new CompileError([diagnose("frontend/export-edited", undefined)]);
  return assembleImage(gateway, request, steps, title);
}

async function assembleImage(
  gateway: Gateway,
  request: AssemblyRequest,
  steps: ExportSteps,
  title: Title,
): Promise<AssembledImage> {
  const { platform, previous, runImage, labels, extensionHistory } = request;
  const exported = await gateway.solveGraph(steps.image, true);
  const [json, isCurrent] = await Promise.all([
    gateway.readFile(exported, "/image/image.json"),
    isCacheCurrent(gateway, exported),
    request.warnings.read(exported, exportWarnings),
  ]);
  const description = parseImageDescription(Buffer.from(json).toString());
  const stateAfter = (definition: Definition) => stateOf(alreadyRun(definition));
  const stages = {
    export: stateAfter(steps.image),
    build: steps.build,
    restored: steps.restored,
    previous: previous && previousState(previous, platform),
  };
  const layers = description.layers.map((layer) => {
    const there =
      layer.measure && request.canMerge ? request.pushed?.stateOf(layer.measure.digest, title) : undefined;
    if (there !== undefined) return there;
    const { stage, path } = layer.source;
    const from = stage === "cached" ? recalledState(steps.cached, path, request, title) : stages[stage];
    return layerState(layer, from, title);
  });
  const cache = isCurrent ? undefined : steps.cacheAfter?.(keptOf(description, layers));
  const write = async () => {
    if (cache === undefined) return;
    await request.warnings.read(await gateway.solveGraph(cache, true), exportWarnings);
  };
  const measuring = measuresOf(gateway, request, description, layers, title);
  // What was kept of a previous image goes into the cache, too, and is found missing by whoever measures it.
  if (previous !== undefined) await measuring;
  const [{ measures, digests }] = await Promise.all([measuring, write()]);
  const diffIds = measures.map(({ digest }) => digest);
  const base = runImage.state;
  const read = [stages.export, cache && stateAfter(cache), digests].filter((state) => state !== undefined);
  const finished = request.canMerge ? overlaid(base, layers, read, title) : stacked(base, layers, title);
  const rootfs = definitionFor(finished);
  return {
    ...{ platform, rootfs, build: steps.build },
    diffIds: [...layersOf(runImage.config), ...diffIds],
    layers: measures.map(({ sizeBytes }, index) => ({
      title: layerTitle(formatPlatform(platform), description.layers[index]?.history ?? ""),
      sizeBytes,
    })),
    ref: await gateway.solveGraph(rootfs, false),
    config: finishedConfig({
      base: runImage.config,
      image: description,
      diffIds,
      runImage,
      ...present({ extensionHistory }),
      labels,
      createdSeconds: request.createdSeconds ?? epochSeconds,
    }),
    baseConfig: runImage.config,
    ...(steps.saysSboms ? { said: exported } : {}),
  };
}

/** Whether the step that made the image found that the cache need not be written. */
async function isCacheCurrent(gateway: Gateway, exported: Ref): Promise<boolean> {
  const json = await gateway.readFileIfAny(exported, `${imageDirectory}/${cacheCheckName}`);
  return json !== undefined && parseCacheCheck(Buffer.from(json).toString()).isCurrent;
}

/** What is known of each layer; where the build could not tell, steps look at the copies, which are `digests`. */
async function measuresOf(
  gateway: Gateway,
  request: AssemblyRequest,
  description: ImageDescription,
  layers: readonly State[],
  title: Title,
): Promise<{ readonly measures: readonly LayerMeasure[]; readonly digests?: State }> {
  const { previous, platform } = request;
  const unknown = layers.flatMap((state, index) => {
    const { measure, history } = description.layers[index] ?? {};
    return measure === undefined ? [{ state, index, history: history ?? "" }] : [];
  });
  const known = description.layers.map(({ measure }) => measure);
  if (unknown.length === 0) return { measures: known.filter((measure) => measure !== undefined) };
  const digests = digestFiles(unknown, request, title);
  const written = await gateway.solveGraph(definitionFor(digests), true).catch(async (error: unknown) => {
    if (previous !== undefined) await requireKept(gateway, previous, platform, description);
    throw error;
  });
  const measures = known.map(async (measure, index) => {
    if (measure !== undefined) return measure;
    return parseLayerMeasure(Buffer.from(await gateway.readFile(written, `/${index}`)).toString());
  });
  return { measures: await Promise.all(measures), digests };
}

/** What was taken of the previous image. In: the layers as they go into the image. */
function keptOf(description: ImageDescription, layers: readonly State[]): KeptLayer[] {
  return description.layers.flatMap(({ source, destination }, index) => {
    const state = layers[index];
    return source.stage === "previous" && state !== undefined ? [{ state, path: destination }] : [];
  });
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
