import type { CacheList } from "../../contract/cache/cache-list.ts";
import { goJson, goObject } from "../../contract/go-json.ts";
import { layerJson } from "../../contract/lifecycle-label.ts";
import type { Owner } from "../../contract/owner.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { type ByteString, textOf } from "../../layer/byte-string.ts";
import { directoryLayer } from "../../layer/lifecycle-tar.ts";
import { hasPlainDirectory } from "../../layer/plain-path.ts";
import type { TarItem } from "../../layer/tar-stream.ts";
import { reasonOf } from "../file-fault.ts";
import type { BuildpackLayer, BuildpackLayers } from "../image/buildpack-layers.ts";
import { formatSize, type Log } from "../log.ts";
import { type MemoryRequest, type MemoryWriter, makeMemory } from "../memory/write-memory.ts";
import { TarList, type TarStore } from "./cache-list.ts";
import { CacheStore } from "./cache-store.ts";
import type { OldMetadata } from "./old-metadata.ts";

/** What the cache is made of. */
export interface CachedLayers {
  /** Stands for `/`. */
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  readonly owner: Owner;
  readonly platformApi: string;
  readonly buildpacks: readonly BuildpackLayers[];
  /** Absent: nothing is remembered beside cached layers. */
  readonly memory?: MemoryRequest;
}

interface CacheRequest extends CachedLayers {
  readonly cacheDirectory: ByteString;
  /** What would be written, where that is known; a cache that says so of itself is left as it is. */
  readonly listed?: CacheList;
}

/**
 * Writes the lifecycle's volume cache: every layer of type `cache`, and the SBOMs of those layers. A fault is a warning:
 * the image is finished, and the old cache stays. Out: whether the cache was written. Source: docs/design/cache.md.
 */
export function writeCache(request: CacheRequest, log: Log, report: Report): boolean {
  let store: CacheStore | undefined;
  try {
    store = new CacheStore(request.cacheDirectory, request.owner);
    if (request.listed !== undefined && store.holds(request.listed)) {
      log("cache unchanged");
      store.discard();
      return true;
    }
    const writer = { ...request, tars: store, log, report };
    const metadata = makeMetadata({ ...writer, old: store.oldMetadata() });
    store.commit(metadata, remembered(writer, store.oldMemory()));
    return true;
  } catch (error) {
    report(
      diagnose("export/cache-failed", { directory: textOf(request.cacheDirectory), reason: reasonOf(error) }),
    );
    try {
      store?.discard();
    } catch {
      // The next build that opens the cache clears it.
    }
    return false;
  }
}

/**
 * What `writeCache` would write. It depends on the layers alone, and so need not be asked again for the same ones. Throws
 * node's error for what cannot be read.
 */
export function listCache(request: CachedLayers, report: Report): CacheList {
  const tars = new TarList();
  const writer = { ...request, tars, log: () => undefined, report };
  const metadata = makeMetadata({ ...writer, old: {} });
  return { metadata, memory: remembered(writer, undefined), sizesBytes: tars.sizesBytes };
}

/** In: what was remembered so far. */
function remembered(writer: Omit<CacheWriter, "old">, old: MemoryWriter["old"]): string {
  return writer.memory === undefined ? "" : makeMemory({ ...writer, ...writer.memory, old });
}

function makeMetadata(writer: CacheWriter): string {
  const buildpacks = writer.buildpacks.map((buildpack) => cacheBuildpack(buildpack, writer));
  const sbom = cacheSbom(writer);
  const metadata = goObject([
    ["sbom", goObject([["sha", goJson(sbom)]])],
    ["buildpacks", buildpacks.length === 0 ? "null" : `[${buildpacks.join(",")}]`],
  ]);
  return `${metadata}\n`;
}

interface CacheWriter extends CachedLayers {
  readonly tars: TarStore;
  readonly old: OldMetadata;
  readonly log: Log;
  readonly report: Report;
}

/** The buildpack's entry of the metadata, as JSON. */
function cacheBuildpack({ id, version, layers }: BuildpackLayers, writer: CacheWriter): string {
  const oldLayers = writer.old.buildpacks?.find(({ key }) => key === id)?.layers;
  const stored = layers
    .filter(({ cache }) => cache)
    .flatMap((layer): (readonly [string, string])[] => {
      const name = textOf(layer.name);
      if (!layer.hasContents) {
        writer.report(
          diagnose("export/layer-not-cached", { layer: `${id}:${name}`, reason: "it has no contents" }),
        );
        return [];
      }
      const sha = storeLayer(layer, `${id}:${name}`, oldLayers?.get(name)?.sha ?? "", writer);
      return [
        [name, layerJson(goJson(sha), { ...layer, launch: layer.launch && restoresLaunchLayers(writer) })],
      ];
    });
  return goObject([
    ["key", goJson(id)],
    ["version", goJson(version)],
    ["layers", goObject(stored)],
  ]);
}

/**
 * Below Platform API 0.14 the restorer takes launch layers only where the previous image's metadata lists them, too, and
 * of cached ones that metadata says nothing here. Called no launch layer, it is restored; the buildpack says anew what it
 * is, so nothing is lost.
 */
function restoresLaunchLayers({ platformApi }: CacheWriter): boolean {
  return platformApi !== "0.12" && platformApi !== "0.13";
}

function storeLayer({ path }: BuildpackLayer, label: string, oldSha: string, writer: CacheWriter): string {
  const { sha, kept, sizeBytes } = writer.tars.store(() => layerItems(path, writer), oldSha);
  writer.log(`cache ${label} ${formatSize(sizeBytes)} ${kept ? "kept" : "written"}`);
  return sha;
}

/** Digest of the SBOMs of cached layers; empty where there are none. */
function cacheSbom(writer: CacheWriter): string {
  const path = `${writer.layersDirectory}/sbom/cache`;
  if (!hasPlainDirectory(writer.root, path)) return "";
  return writer.tars.store(() => layerItems(path, writer), writer.old.sbom?.sha ?? "").sha;
}

/** A FIFO or device cannot be restored: said and left out. */
function layerItems(path: ByteString, { root, owner, report }: CacheWriter): Iterable<TarItem> {
  const onLeftOut = (name: ByteString, kind: string) =>
    report(diagnose("export/left-out", { path: textOf(name), kind }));
  return directoryLayer({ root, path, owner, onLeftOut });
}
