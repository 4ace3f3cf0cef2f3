import { writeFileSync } from "node:fs";
import { cacheCheckName, formatCacheCheck } from "../../contract/cache/cache-check.ts";
import type { GroupMember } from "../../contract/group.ts";
import type { Owner } from "../../contract/owner.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { present } from "../../present.ts";
import { writeCache } from "../cache/cache.ts";
import { isCacheCurrent } from "../cache/cache-check.ts";
import { findLauncherSboms } from "../inspect/launcher-sbom.ts";
import { writeSaidSbom } from "../inspect/said-sbom.ts";
import { formatSize, type Log } from "../log.ts";
import { KeptLayers } from "../memory/kept-layers.ts";
import { type MemoryPlace, memoryIn } from "../memory/memory-place.ts";
import { RecalledLayers } from "../memory/recalled-layers.ts";
import { readBuildMetadata } from "./build-metadata.ts";
import { checkLaunchContents, readBuildpackLayers } from "./buildpack-layers.ts";
import { describeImage } from "./describe-image.ts";
import { readGroup } from "./group.ts";
import { type LayerPlan, planLayers } from "./image-layers.ts";
import { layOut, makeTrees } from "./layout.ts";
import { measurePlan } from "./measure-plan.ts";
import { namingBuildpacks } from "./naming-buildpacks.ts";
import { checkPlatformApi } from "./platform-api.ts";
import { type PreviousLayers, readPreviousLayers } from "./previous-layers.ts";
import { checkProcessTypes } from "./process-types.ts";
import { reportProxyCertificates } from "./proxy-certificates.ts";
import { RestoredLayers } from "./restored-layers.ts";

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
  /** What the restorer left of the layers; absent: nobody knows. Only of use where little is laid out. */
  readonly restoredDirectory?: ByteString;
  /** Whether what the buildpacks say of the image is written as documents to attach, beside the layers. Absent: no. */
  readonly saysSboms?: boolean;
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
  const { restoredDirectory } = request;
  const restored =
    restoredDirectory === undefined ? undefined : new RestoredLayers(request, restoredDirectory);
  const plans = planLayers({
    ...{ ...request, ...slots, buildpacks, metadata, launcherSboms, recalled, ...present({ restored }) },
  });

  reportProxyCertificates(request, plans, report);
  makeTrees(outputDirectory, treeNames(request, plans));
  for (const plan of plans) {
    if (plan.layer.source.stage === "cached") log(`layer ${labelOf(plan)} kept from the last image`);
    if (request.onlyGenerated && plan.layer.source.stage !== "export") continue;
    const { files, sizeBytes } = layOut(plan, `${outputDirectory}/${plan.layer.slot}`, report);
    log(`layer ${labelOf(plan)} ${formatSize(sizeBytes)}, ${files} files`);
  }
  const measures = request.onlyGenerated
    ? plans.map((plan) => measurePlan(plan, { root, outputDirectory, restored }))
    : [];
  const description = describeImage({ ...request, metadata, buildpacks, plans, measures });
  writeFileSync(bytesOf(`${outputDirectory}/image.json`), description);
  if (request.saysSboms === true)
    writeSaidSbom({ ...request, launcherSboms, to: outputDirectory }, log, report);
  const { cacheDirectory } = request;
  if (cacheDirectory === undefined) return;
  const { memory: _, ...others } = request;
  const layers = { ...others, cacheDirectory, buildpacks, ...present({ memory }) };
  if (!request.onlyGenerated) {
    writeCache(layers, log, report);
    return;
  }
  const restoredSha = (path: ByteString) => restored?.shaOf(path);
  // What is kept of a named image goes into the memory, and is not seen here.
  const isKept = plans.some(({ layer }) => layer.source.stage === "previous");
  const isCurrent = !isKept && isCacheCurrent({ ...layers, restoredSha }, report);
  if (isCurrent) log("cache unchanged");
  const cached = buildpacks.flatMap(({ layers }) => layers.filter(({ cache }) => cache));
  const unchanged = cached.flatMap(({ path }) => {
    const sha = isCurrent ? undefined : restoredSha(path);
    return sha === undefined ? [] : [[path, sha] as const];
  });
  const check = formatCacheCheck({ isCurrent, unchanged: Object.fromEntries(unchanged) });
  writeFileSync(bytesOf(`${outputDirectory}/${cacheCheckName}`), check);
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
