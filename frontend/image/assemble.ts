import { epochSeconds } from "../../src/contract/epoch.ts";
import { type ImageDescription, parseImageDescription } from "../../src/contract/image-description.ts";
import { type ImageLayers, layerTitle, parseLayerMeasure } from "../../src/contract/layer-measure.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import type { AppPlan } from "../../src/plan/lifecycle-plan.ts";
import { present } from "../../src/present.ts";
import { exportWarnings } from "../../src/stages/paths.ts";
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
  const steps = exportSteps(request.exported, title);
  if (steps === undefined) throw new CompileError([diagnose("frontend/export-edited", undefined)]);
  // What was kept of a previous image goes into the cache, too, and is known when the image's layers are.
  const isEarly = request.previous === undefined;
  const [image, said] = await Promise.all([
    assembleImage(gateway, request, steps, title),
    request.attachesSboms && steps.sbom ? solved(gateway, request, steps.sbom) : undefined,
    ...(steps.cache === undefined || !isEarly ? [] : [solved(gateway, request, steps.cache)]),
  ]);
  return { ...image, ...present({ said }) };
}

/** Runs a part of the stage `export`, and reads what it has to say. */
async function solved(
  gateway: Gateway,
  { warnings }: Pick<AssemblyRequest, "warnings">,
  part: Definition,
): Promise<Ref> {
  const ref = await gateway.solveGraph(part, true);
  await warnings.read(ref, exportWarnings);
  return ref;
}

async function assembleImage(
  gateway: Gateway,
  request: AssemblyRequest,
  steps: ExportSteps,
  title: Title,
): Promise<AssembledImage> {
  const { platform, previous, runImage, labels, extensionHistory } = request;
  const exported = await solved(gateway, request, steps.image);
  const json = await gateway.readFile(exported, "/image/image.json");
  const description = parseImageDescription(Buffer.from(json).toString());
  const stateAfter = (definition: Definition) => stateOf(alreadyRun(definition));
  const stages = {
    export: stateAfter(steps.image),
    build: steps.build,
    previous: previous && previousState(previous, platform),
  };
  const layers = description.layers.map((layer) => {
    const { stage, path } = layer.source;
    const from = stage === "cached" ? recalledState(steps.cached, path, request, title) : stages[stage];
    return layerState(layer, from, title);
  });
  const digests = digestFiles(layers, description, request, title);
  const written = await gateway.solveGraph(definitionFor(digests), true).catch(async (error: unknown) => {
    if (previous !== undefined) await requireKept(gateway, previous, platform, description);
    throw error;
  });
  const late = previous === undefined ? undefined : steps.cacheAfter?.(keptOf(description, layers));
  const [measures] = await Promise.all([
    Promise.all(
      layers.map(async (_, index) =>
        parseLayerMeasure(Buffer.from(await gateway.readFile(written, `/${index}`)).toString()),
      ),
    ),
    ...(late === undefined ? [] : [solved(gateway, request, late)]),
  ]);
  const diffIds = measures.map(({ digest }) => digest);
  const cache = late ?? steps.cache;
  const base = runImage.state;
  const said = request.attachesSboms ? steps.sbom && stateAfter(steps.sbom) : undefined;
  const read = [stages.export, cache && stateAfter(cache), digests, said].filter(
    (state) => state !== undefined,
  );
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
  };
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
