import { recalledName } from "../../contract/cache/memory-places.ts";
import { escapeId } from "../../contract/escape-id.ts";
import type { Owner } from "../../contract/owner.ts";
import { type ByteString, byteStringOf, textOf } from "../../layer/byte-string.ts";
import { type LayerTree, layerTrees } from "../../layer/digest.ts";
import { hasPlainDirectory } from "../../layer/plain-path.ts";
import { below, kindOf, modeOf, parentsOf, walkTree } from "../../layer/walk.ts";
import { present } from "../../present.ts";
import type { TarStore } from "../cache/tar-store.ts";
import type { BuildpackLayer, BuildpackLayers } from "../image/buildpack-layers.ts";
import { formatSize, type Log } from "../log.ts";
import { hasImageDirectory } from "./image-directory.ts";
import type { KeptLayers } from "./kept-layers.ts";
import { formatMemory, type Memory } from "./memory.ts";

export interface MemoryRequest {
  /** Of this build, by `memoryBase`. */
  readonly base: string;
  /** Where layers are that a buildpack kept without making them. */
  readonly kept: KeptLayers;
  /** Root of an image that has others that it kept; absent: there is none. */
  readonly previousDirectory?: ByteString;
}

export interface MemoryWriter extends MemoryRequest {
  /** Stands for `/`. */
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  readonly owner: Owner;
  readonly buildpacks: readonly BuildpackLayers[];
  readonly tars: TarStore;
  /** What was remembered so far; undefined: nothing. */
  readonly old: Memory | undefined;
  readonly log: Log;
}

type RememberedBuildpack = Memory["buildpacks"][number];
type RememberedLayer = RememberedBuildpack["layers"][number];

/**
 * What is to be remembered of a build, as text; its layers go to `tars`. A layer that would not come back as it is, is not
 * remembered: its buildpack makes it again. Empty: there is nothing. Throws node's error for what cannot be read.
 */
export function makeMemory(writer: MemoryWriter): string {
  const buildpacks = writer.buildpacks
    .map((buildpack) => rememberBuildpack(buildpack, writer))
    .filter(({ layers, storeJson }) => layers.length > 0 || storeJson !== undefined);
  if (buildpacks.length === 0) return "";
  const sbom = rememberSboms(buildpacks, writer);
  const { base } = writer;
  return formatMemory({ version: 1, base, buildpacks, ...present({ sbom }) });
}

function rememberBuildpack(
  { id, layers, storeJson }: BuildpackLayers,
  writer: MemoryWriter,
): RememberedBuildpack {
  const old = writer.old?.buildpacks.find((buildpack) => buildpack.id === id)?.layers ?? [];
  return {
    id,
    layers: layers.filter(mayBeKept).flatMap((layer): RememberedLayer[] => {
      const name = textOf(layer.name);
      const oldSha = old.find((one) => one.name === name)?.sha ?? "";
      const tar = layer.hasContents
        ? rememberLayer(layer, `${id}:${name}`, oldSha, writer)
        : (keepLayer(id, name, writer) ?? takeLayer(layer, `${id}:${name}`, oldSha, writer));
      // Contents of a layer for the build have to be there for it, so the restorer gives nobody its metadata.
      const offer = layer.build ? {} : { dataJson: layer.dataJson };
      return tar === undefined ? [] : [{ name, ...offer, ...tar }];
    }),
    ...present({ storeJson }),
  };
}

/**
 * Whether the next build's buildpack may keep the layer without its contents. The lifecycle's exporter takes any launch layer of the
 * previous image; contents of cached ones come back from the cache, and are not stored twice. Source: lifecycle, exporter.
 */
function mayBeKept({ launch, cache }: BuildpackLayer): boolean {
  return launch && !cache;
}

function rememberLayer(
  { path }: BuildpackLayer,
  label: string,
  oldSha: string,
  { root, owner, tars, log }: MemoryWriter,
): Pick<RememberedLayer, "sha" | "sizeBytes"> | undefined {
  if (!comesBack(root, path)) return undefined;
  const trees = [{ path: below(root, path), name: recalledName }];
  const { sha, sizeBytes, kept } = tars.store(
    () => layerTrees(trees, owner, () => undefined),
    oldSha,
    "made",
  );
  log(`memory ${label} ${formatSize(sizeBytes)} ${kept ? "kept" : "written"}`);
  return { sha, sizeBytes };
}

/** Undefined: there is no image that was named, or it has no such directory. */
function takeLayer(
  layer: BuildpackLayer,
  label: string,
  oldSha: string,
  writer: MemoryWriter,
): Pick<RememberedLayer, "sha" | "sizeBytes"> | undefined {
  const { previousDirectory: root } = writer;
  if (root === undefined || !hasImageDirectory(root, layer.path)) return undefined;
  return rememberLayer(layer, label, oldSha, { ...writer, root });
}

/** Undefined: it was kept of another image, which this cache knows nothing of. */
function keepLayer(
  id: string,
  name: string,
  { kept, tars }: MemoryWriter,
): Pick<RememberedLayer, "sha" | "sizeBytes"> | undefined {
  const tar = kept.tarOf(id, name);
  if (tar === undefined) return undefined;
  tars.keep(tar, kept.pathOf(tar.sha));
  return tar;
}

/**
 * Whether the layer comes back as it is: files, directories and symlinks, by names that a tar's reader takes, below
 * directories of the usual mode.
 */
function comesBack(root: ByteString, path: ByteString): boolean {
  if (!parentsOf(root, path).every(({ stats }) => modeOf(stats) === 0o755)) return false;
  for (const { name, stats } of walkTree(below(root, path), "")) {
    const kind = kindOf(stats);
    if (kind === "fifo" || kind === "device" || textOf(name).includes("\uFFFD")) return false;
  }
  return true;
}

/** Source: CNB platform spec, "Launch SBOM". */
function rememberSboms(
  buildpacks: readonly RememberedBuildpack[],
  { root, layersDirectory, owner, tars, old }: MemoryWriter,
): Memory["sbom"] {
  const directory = `${layersDirectory}/sbom/launch`;
  const trees = buildpacks.flatMap(({ id, layers }) =>
    layers.flatMap((layer): LayerTree[] => {
      const name = byteStringOf(`${escapeId(id)}/${layer.name}`);
      if (!hasPlainDirectory(root, `${directory}/${name}`)) return [];
      return [{ path: below(root, `${directory}/${name}`), name }];
    }),
  );
  if (trees.length === 0) return undefined;
  const { sha, sizeBytes } = tars.store(
    () => layerTrees(trees, owner, () => undefined),
    old?.sbom?.sha ?? "",
    "documents",
  );
  return { sha, sizeBytes };
}
