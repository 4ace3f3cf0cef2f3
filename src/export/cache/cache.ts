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
import { CacheStore } from "./cache-store.ts";
import type { OldLayer, OldMetadata } from "./old-metadata.ts";
import type { TarStore } from "./tar-store.ts";

/** What the cache is made of. */
export interface CachedLayers {
  /** Stands for `/`. */
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  readonly owner: Owner;
  readonly platformApi: string;
  readonly buildpacks: readonly BuildpackLayers[];
  /** Digest of the tar that the layer at a path was restored from and is still the same as; undefined: it is not. Absent: nobody knows. */
  readonly restoredSha?: (path: ByteString) => string | undefined;
  /** Absent: nothing is remembered beside cached layers. */
  readonly memory?: MemoryRequest;
}

interface CacheRequest extends CachedLayers {
  readonly cacheDirectory: ByteString;
}

/**
 * Writes the lifecycle's volume cache: every layer of type `cache`, and the SBOMs of those layers. A fault is a warning:
 * the image is finished, and the old cache stays. Out: whether the cache was written. Source: docs/design/cache.md.
 */
export function writeCache(request: CacheRequest, log: Log, report: Report): boolean {
  let store: CacheStore | undefined;
  try {
    store = new CacheStore(request.cacheDirectory, request.owner);
    const { metadata, memory } = describeLayers(request, {
      ...{ tars: store, old: store.oldMetadata(), oldMemory: store.oldMemory(), log, report },
    });
    store.commit(metadata, memory);
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

/** What takes the tars of a cache, and what was there before. */
interface CacheTarget {
  readonly tars: TarStore;
  readonly old: OldMetadata;
  /** What was remembered so far. */
  readonly oldMemory: MemoryWriter["old"];
  readonly log: Log;
  readonly report: Report;
}

/**
 * Hands the tars of a cache over, and describes it: the text of the lifecycle's own file, and that of the memory, which is empty where
 * nothing is remembered. Throws node's error for what cannot be read, and what `tars` throws.
 */
export function describeLayers(
  layers: CachedLayers,
  target: CacheTarget,
): { readonly metadata: string; readonly memory: string } {
  const writer = { ...layers, ...target };
  const metadata = makeMetadata(writer);
  const { memory, oldMemory: old } = writer;
  return { metadata, memory: memory === undefined ? "" : makeMemory({ ...writer, ...memory, old }) };
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

interface CacheWriter extends CachedLayers, Omit<CacheTarget, "oldMemory"> {}

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
      const facts = { ...layer, launch: layer.launch && restoresLaunchLayers(writer) };
      const sha = storeLayer(facts, `${id}:${name}`, oldLayers?.get(name), writer);
      return [[name, layerJson(goJson(sha), facts)]];
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

function storeLayer(
  { path }: BuildpackLayer,
  label: string,
  old: OldLayer | undefined,
  writer: CacheWriter,
): string {
  // Another build may have written the cache since the restorer ran: its tar of the layer is another one then.
  const isRestored = old !== undefined && writer.restoredSha?.(path) === old.sha;
  const { sha, kept, sizeBytes } = writer.tars.store(
    () => layerItems(path, writer),
    old?.sha ?? "",
    isRestored ? "restored" : "made",
  );
  writer.log(`cache ${label} ${formatSize(sizeBytes)} ${kept ? "kept" : "written"}`);
  return sha;
}

/** Digest of the SBOMs of cached layers; empty where there are none. */
function cacheSbom(writer: CacheWriter): string {
  const path = `${writer.layersDirectory}/sbom/cache`;
  if (!hasPlainDirectory(writer.root, path)) return "";
  return writer.tars.store(() => layerItems(path, writer), writer.old.sbom?.sha ?? "", "documents").sha;
}

/** A FIFO or device cannot be restored: said and left out. */
function layerItems(path: ByteString, { root, owner, report }: CacheWriter): Iterable<TarItem> {
  const onLeftOut = (name: ByteString, kind: string) =>
    report(diagnose("export/left-out", { path: textOf(name), kind }));
  return directoryLayer({ root, path, owner, onLeftOut });
}
