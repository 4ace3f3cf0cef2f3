import { mkdirSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { cacheCheckSchema } from "../../contract/cache/cache-check.ts";
import type { Owner } from "../../contract/owner.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { readJsonFile } from "../checked-file.ts";
import { readBuildpackLayers } from "../image/buildpack-layers.ts";
import { readGroup } from "../image/group.ts";
import { type LayersPlace, namingBuildpacks } from "../image/naming-buildpacks.ts";
import { checkPlatformApi } from "../image/platform-api.ts";
import type { Log } from "../log.ts";
import { type MemoryPlace, memoryIn } from "../memory/memory-place.ts";
import { type CachedLayers, writeCache } from "./cache.ts";
import { type CacheStateRequest, describeCache } from "./cache-state.ts";

/** What the cache is made of when no image is. */
export interface CacheListRequest extends LayersPlace {
  readonly owner: Owner;
  readonly platformApi: string;
  /** Absent: nothing is remembered beside cached layers. */
  readonly memory?: MemoryPlace;
}

interface CacheOnlyRequest extends CacheListRequest {
  readonly cacheDirectory: ByteString;
  /** File with what the step that made the image found; absent: it looked at nothing. */
  readonly checkFile?: ByteString;
}

/** Writes the cache alone, for machines that carry it from build to build as files. Out: whether it was written. */
export function exportCache({ checkFile, ...request }: CacheOnlyRequest, log: Log, report: Report): boolean {
  const check = checkFile === undefined ? undefined : readJsonFile(checkFile, cacheCheckSchema);
  const unchanged = new Map(Object.entries(check?.unchanged ?? {}));
  const restoredSha = (path: ByteString) => unchanged.get(path);
  const { cacheDirectory } = request;
  return writeCache({ ...cachedLayers(request), restoredSha, cacheDirectory }, log, report);
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
