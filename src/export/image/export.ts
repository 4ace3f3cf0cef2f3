import { mkdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { formatCacheList } from "../../contract/cache-list.ts";
import { escapeId } from "../../contract/escape-id.ts";
import type { GroupMember } from "../../contract/group.ts";
import { formatImageDescription, type ImageDescription } from "../../contract/image-description.ts";
import type { Owner } from "../../contract/owner.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf, textOf } from "../../layer/byte-string.ts";
import { below } from "../../layer/walk.ts";
import { type CachedLayers, listCache, writeCache } from "../cache/cache.ts";
import { readCacheList } from "../cache/cache-list.ts";
import { type CacheStateRequest, describeCache } from "../cache/cache-state.ts";
import { asCompileError } from "../file-fault.ts";
import { findLauncherSboms } from "../inspect/launcher-sbom.ts";
import { limits } from "../limits.ts";
import { formatSize, type Log } from "../log.ts";
import { KeptLayers } from "../memory/kept-layers.ts";
import { type BaseRequest, memoryBase } from "../memory/memory.ts";
import { RecalledLayers } from "../memory/recalled-layers.ts";
import type { MemoryRequest } from "../memory/write-memory.ts";
import { type BuildMetadata, readBuildMetadata } from "./build-metadata.ts";
import { type BuildpackLayers, checkLaunchContents, readBuildpackLayers } from "./buildpack-layers.ts";
import { readGroup } from "./group.ts";
import { type LayerPlan, planLayers } from "./image-layers.ts";
import { staticLabels } from "./labels.ts";
import { layOut, makeTrees } from "./layout.ts";
import { type PreviousLayers, readPreviousLayers } from "./previous-layers.ts";
import { checkProcessTypes, entrypointOf } from "./process-types.ts";

export interface ExportRequest {
  /** Stands for `/`: where the directories of the build are mounted. */
  readonly root: ByteString;
  /** Absolute paths, as they are in the image. */
  readonly layersDirectory: ByteString;
  readonly appDirectory: ByteString;
  readonly lifecycleDirectory: ByteString;
  readonly owner: Owner;
  readonly outputDirectory: ByteString;
  /** Absent: the build keeps no cache. */
  readonly cacheDirectory?: ByteString;
  /** Absent: nothing is remembered beside cached layers. */
  readonly memory?: MemoryPlace;
  /** What `recallLayers` unpacked; absent: nothing. */
  readonly recalled?: RecalledLayers;
  /** How many trees the `app` stage copies; the last takes what is left. */
  readonly launchSlots: number;
  readonly appSlots: number;
  /** Lay out only what no phase left on disk as it goes into the image, each layer in a tree of its own. */
  readonly onlyGenerated: boolean;
  /** Absent: the buildpacks' default process, if any, is what the image starts. */
  readonly processType?: string;
  readonly platformApi: string;
  /** Absent: the build label names none. */
  readonly lifecycleVersion?: string;
  readonly execEnv: string;
}

/** Trees of which there is one each, whatever the buildpacks did. */
const singleTrees = ["sbom", "launcher", "config", "process-types"] as const;

/**
 * Turns what the buildpacks left into the trees of the image, `image.json` and the cache. Everything that is wrong is
 * found before anything is written. Throws CompileError, or node's error where a file is unreadable.
 * Source: CNB platform spec, "exporter".
 */
export function exportImage(request: ExportRequest, log: Log, report: Report): void {
  checkPlatformApi(request.platformApi);
  const group = readGroup(request.root, request.layersDirectory);
  namingBuildpacks(request, group, () => exportGroup(request, group, log, report));
}

/**
 * Unpacks what buildpacks kept of the memory, for `exportImage`; not where others assemble the image, who take it from where it is.
 * Throws CompileError, or node's error.
 */
export async function recallLayers(request: ExportRequest): Promise<RecalledLayers> {
  const { root, layersDirectory, memory, onlyGenerated } = request;
  const recalled = recalledLayers(request, memory && KeptLayers.in(memory.keptDirectory));
  if (memory === undefined || onlyGenerated) return recalled;
  const group = readGroup(root, layersDirectory);
  await recalled.unpack(
    namingBuildpacks(request, group, () => readBuildpackLayers(root, layersDirectory, group)),
  );
  return recalled;
}

/** Beside the image's trees: the tool need not have a directory for temporary files. */
function recalledLayers({ outputDirectory }: ExportRequest, kept = KeptLayers.none()): RecalledLayers {
  return new RecalledLayers(kept, `${outputDirectory}.kept`);
}

function exportGroup(request: ExportRequest, group: readonly GroupMember[], log: Log, report: Report): void {
  const { root, layersDirectory, outputDirectory } = request;
  const metadata = readBuildMetadata(root, layersDirectory);
  const buildpacks = readBuildpackLayers(root, layersDirectory, group);
  // Only whoever assembles the image can take layers out of another one.
  const previous: PreviousLayers = request.onlyGenerated
    ? readPreviousLayers(root, layersDirectory)
    : new Map();
  const memory = request.memory && memoryIn(request.memory);
  checkLaunchContents(
    buildpacks,
    (id, name) => memory?.kept.tarOf(id, name) !== undefined || previous.get(id)?.has(name) === true,
  );
  checkProcessTypes(metadata, request.processType);
  const slots = request.onlyGenerated ? { launchSlots: Infinity, appSlots: Infinity } : {};
  const launcherSboms = findLauncherSboms(root, request.lifecycleDirectory, report);
  const { recalled = recalledLayers(request, memory?.kept) } = request;
  const plans = planLayers({ ...request, ...slots, buildpacks, metadata, launcherSboms, recalled });

  makeTrees(outputDirectory, treeNames(request, plans));
  for (const plan of plans) {
    if (plan.layer.source.stage === "cached") log(`layer ${labelOf(plan)} kept, as the last image has it`);
    if (request.onlyGenerated && plan.layer.source.stage !== "export") continue;
    const { files, sizeBytes } = layOut(plan, `${outputDirectory}/${plan.layer.slot}`, report);
    log(`layer ${labelOf(plan)} ${formatSize(sizeBytes)}, ${files} files`);
  }
  const description = formatImageDescription(describeImage(request, metadata, buildpacks, plans));
  checkDescription(description);
  writeFileSync(bytesOf(`${outputDirectory}/image.json`), description);
  const { cacheDirectory } = request;
  if (cacheDirectory === undefined) return;
  const { memory: _, ...others } = request;
  const remembered = memory === undefined ? {} : { memory };
  writeCache({ ...others, cacheDirectory, buildpacks, ...remembered }, log, report);
}

/** What the cache is made of when no image is. */
export type CacheListRequest = Pick<
  ExportRequest,
  "root" | "layersDirectory" | "owner" | "platformApi" | "memory"
>;

export interface CacheOnlyRequest extends CacheListRequest {
  readonly cacheDirectory: ByteString;
  /** File that `exportCacheList` wrote. */
  readonly listFile?: ByteString;
}

/** Writes the cache alone, for machines that carry it from build to build as files. Out: whether it was written. */
export function exportCache({ listFile, ...request }: CacheOnlyRequest, log: Log, report: Report): boolean {
  const listed = listFile === undefined ? {} : { listed: readCacheList(listFile) };
  const { cacheDirectory } = request;
  return writeCache({ ...cachedLayers(request), cacheDirectory, ...listed }, log, report);
}

/** Writes what the cache would consist of into the file `to`, which need not have a directory yet. */
export function exportCacheList(request: CacheListRequest, to: ByteString, report: Report): void {
  writeInto(to, formatCacheList(listCache(cachedLayers(request), report)));
}

/** Writes what a cache holds into the file `to`, which need not have a directory yet. */
export function exportCacheState(request: CacheStateRequest, to: ByteString): void {
  writeInto(to, describeCache(request));
}

function writeInto(to: ByteString, text: string): void {
  mkdirSync(bytesOf(posix.dirname(to)), { recursive: true });
  writeFileSync(bytesOf(to), text);
}

function cachedLayers({ memory, ...request }: CacheListRequest): CachedLayers {
  const { root, layersDirectory, platformApi } = request;
  checkPlatformApi(platformApi);
  const group = readGroup(root, layersDirectory);
  const buildpacks = namingBuildpacks(request, group, () =>
    readBuildpackLayers(root, layersDirectory, group),
  );
  return { ...request, buildpacks, ...(memory === undefined ? {} : { memory: memoryIn(memory) }) };
}

/** What is odd below a buildpack's directory is told with its name. */
function namingBuildpacks<Result>(
  { root, layersDirectory }: Pick<ExportRequest, "root" | "layersDirectory">,
  group: readonly GroupMember[],
  action: () => Result,
): Result {
  try {
    return action();
  } catch (error) {
    throw asCompileError(error, (path) => {
      const start = textOf(`${below(root, layersDirectory)}/`);
      const [name] = path.startsWith(start) ? path.slice(start.length).split("/") : [];
      return group.find(({ id }) => escapeId(id) === name)?.id;
    });
  }
}

/** What the build was offered of its memory, and where the next one's stands. */
export interface MemoryPlace extends BaseRequest {
  /** What `offerMemory` wrote. */
  readonly keptDirectory: ByteString;
}

function memoryIn(place: MemoryPlace): MemoryRequest {
  return { base: memoryBase(place), kept: KeptLayers.in(place.keptDirectory) };
}

/** Most of it goes into labels, and a frontend gets it in one message. Throws CompileError `export/too-large`. */
function checkDescription(text: string): void {
  const [sizeBytes, limitBytes] = [Buffer.byteLength(text), limits.metadataBytes];
  if (sizeBytes <= limitBytes) return;
  const path = "What the buildpacks say of their layers";
  throw new CompileError([
    diagnose("export/too-large", { path, sizeBytes, limitBytes, buildpack: undefined }),
  ]);
}

/** 0.12 brought run.toml, targets and the labels that are written here. */
function checkPlatformApi(version: string): void {
  if (!/^0\.1[2-5]$/.test(version)) {
    const location = { file: "--platform-api" };
    throw new CompileError([diagnose("export/unsupported-platform-api", { version }, location)]);
  }
}

function treeNames(
  { onlyGenerated, launchSlots, appSlots }: ExportRequest,
  plans: readonly LayerPlan[],
): string[] {
  if (onlyGenerated) {
    return plans
      .map(({ layer }) => layer)
      .filter(({ source }) => source.stage === "export")
      .map(({ slot }) => slot);
  }
  const numbered = (kind: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);
  return [...numbered("launch", launchSlots), ...numbered("app", appSlots), ...singleTrees];
}

function labelOf({ layer }: LayerPlan): string {
  return layer.kind === "launch" ? `${layer.id}:${layer.name}` : layer.slot;
}

/** Everything about the image that is known here. Source: CNB platform spec, "exporter". */
function describeImage(
  request: ExportRequest,
  metadata: BuildMetadata,
  buildpacks: readonly BuildpackLayers[],
  plans: readonly LayerPlan[],
): ImageDescription {
  const { platformApi, lifecycleVersion, execEnv } = request;
  const appDirectory = textOf(request.appDirectory);
  return {
    version: 1,
    layers: plans.map(({ layer }) => layer),
    config: {
      env: [
        { name: "CNB_LAYERS_DIR", value: textOf(request.layersDirectory) },
        { name: "CNB_APP_DIR", value: appDirectory },
        { name: "CNB_PLATFORM_API", value: platformApi },
        { name: "CNB_DEPRECATION_MODE", value: "quiet" },
      ],
      pathPrefix: "/cnb/process:/cnb/lifecycle:",
      entrypoint: [entrypointOf(metadata, request.processType)],
      cmd: [],
      workingDirectory: appDirectory,
    },
    processes: metadata.processes.map((process) => ({
      type: process.type,
      command: process.command,
      args: process.args ?? [],
      direct: process.direct,
      default: process.type === (request.processType ?? metadata["buildpack-default-process-type"]),
      ...(process["working-dir"] === undefined ? {} : { workingDirectory: process["working-dir"] }),
    })),
    labels: staticLabels({
      metadata,
      ...(lifecycleVersion === undefined ? {} : { lifecycleVersion }),
      // Execution environments came with 0.15.
      ...(platformApi === "0.15" ? { execEnv } : {}),
    }),
    lifecycleMetadata: { buildpacks: buildpacks.map(describeBuildpack) },
  };
}

function describeBuildpack({
  id,
  version,
  layers,
  storeJson,
}: BuildpackLayers): ImageDescription["lifecycleMetadata"]["buildpacks"][number] {
  return {
    key: id,
    version,
    layers: layers
      .filter(({ launch }) => launch)
      .map(({ name, dataJson, build, launch, cache }) => ({
        name: textOf(name),
        dataJson,
        build,
        launch,
        cache,
      })),
    ...(storeJson === undefined ? {} : { storeJson }),
  };
}
