import type { ImageLayer } from "../../contract/image-description.ts";
import { type Owner, rootOwner } from "../../contract/owner.ts";
import { type ByteString, byteStringOf, textOf } from "../../layer/byte-string.ts";
import { hasPlainDirectory } from "../../layer/plain-path.ts";
import {
  below,
  entryAt,
  modeOf,
  parentsOf,
  type TreeEntry,
  walkTree,
  walkWithParents,
} from "../../layer/walk.ts";
import { launcherSbomDirectory, type SbomFile } from "../inspect/launcher-sbom.ts";
import type { RecalledLayers } from "../memory/recalled-layers.ts";
import type { BuildMetadata } from "./build-metadata.ts";
import type { BuildpackLayers } from "./buildpack-layers.ts";
import { launcherPath, processDirectory } from "./process-types.ts";
import type { RestoredLayers } from "./restored-layers.ts";
import { sliceApp } from "./slices.ts";

/** A layer of the image, and how its tree comes about. */
export interface LayerPlan {
  readonly layer: ImageLayer;
  /** Copied from the build, parents first; names are absolute paths in the image. */
  readonly entries: () => Iterable<TreeEntry>;
  /** Files whose mode and time are not those on disk. */
  readonly files?: readonly { readonly from: ByteString; readonly to: ByteString; readonly mode: number }[];
  readonly links?: readonly { readonly path: ByteString; readonly target: ByteString }[];
}

interface LayerRequest {
  /** Stands for `/`. */
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
  readonly appDirectory: ByteString;
  readonly lifecycleDirectory: ByteString;
  readonly outputDirectory: ByteString;
  readonly owner: Owner;
  /** How many trees there are for launch layers; Infinity: one each. */
  readonly launchSlots: number;
  /** How many trees there are for the slices of the app and what is left of it. */
  readonly appSlots: number;
  readonly buildpacks: readonly BuildpackLayers[];
  readonly metadata: BuildMetadata;
  readonly launcherSboms: readonly SbomFile[];
  /** Layers that buildpacks kept of what is remembered. */
  readonly recalled: RecalledLayers;
  /** What the restorer left; absent: nobody knows. */
  readonly restored?: RestoredLayers;
}

/** The image's layers in the lifecycle's order: what changes least lies lowest. Source: CNB platform spec, "exporter". */
export function planLayers(request: LayerRequest): readonly LayerPlan[] {
  return [
    ...launch(request),
    ...sbom(request),
    ...app(request),
    launcher(request),
    config(request),
    ...processTypes(request),
  ];
}

/** One slot after the other; the last takes what is left. */
function slotName(kind: "launch" | "app", index: number, slots: number): string {
  return `${kind}-${Math.min(index + 1, slots)}`;
}

function launch(request: LayerRequest): LayerPlan[] {
  const layers = request.buildpacks.flatMap(({ id, version, layers }) =>
    layers
      .filter((layer) => layer.launch)
      .map(({ name, path, hasContents }) => ({ id, version, name: textOf(name), path, hasContents })),
  );
  return layers.map(({ id, version, name, path, hasContents }, index) => {
    const slot = slotName("launch", index, request.launchSlots);
    const place = hasContents
      ? asItIs(request, path, slot)
      : asItWas(path, slot, request.recalled.sourceOf(id, name));
    return {
      layer: {
        ...{ kind: "launch", id, name, ...place, user: request.owner },
        history: `Layer: '${name}', Created by buildpack: ${id}@${version}`,
      },
      entries: () =>
        walkWithParents(request.root, path, hasContents ? undefined : request.recalled.directoryOf(id, name)),
    };
  });
}

function sbom(request: LayerRequest): LayerPlan[] {
  const path = `${request.layersDirectory}/sbom/launch`;
  const exists = hasPlainDirectory(request.root, path);
  if (!exists && request.launcherSboms.length === 0) return [];
  const target = `${request.layersDirectory}/sbom/launch/${launcherSbomDirectory}`;
  return [
    {
      layer: {
        kind: "sbom",
        paths: [textOf(path)],
        ...fromExport(request, "sbom"),
        user: request.owner,
        history: "Software Bill-of-Materials",
      },
      entries: () => (exists ? walkWithParents(request.root, path) : []),
      files: request.launcherSboms.map(({ path: from, name }) => ({
        from,
        to: `${target}/${name}`,
        mode: 0o644,
      })),
    },
  ];
}

function app(request: LayerRequest): LayerPlan[] {
  const { root, appDirectory, metadata } = request;
  const parents = parentsOf(root, appDirectory);
  const slices = sliceApp([...walkTree(below(root, appDirectory), appDirectory)], metadata.slices);
  return slices.map((entries, index) => {
    const slot = slotName("app", index, request.appSlots);
    const isLaidOut = slices.length > 1 || isSmall(entries);
    const place = isLaidOut ? fromExport(request, slot) : asItIs(request, appDirectory, slot);
    return {
      layer: {
        kind: "app",
        ...{ ...place, paths: [textOf(appDirectory)] },
        user: request.owner,
        history: slices.length === 1 ? "Application Layer" : `Application Slice: ${index + 1}`,
      },
      entries: () => (entries.length === 0 ? [] : [...parents, ...entries]),
    };
  });
}

/**
 * Whether it takes less to lay an app out than to have BuildKit find it in the build: to see what is in `/workspace`, BuildKit goes
 * through all that is beside it, which is the builder image and all layers. Source: BuildKit, cache/contenthash, `scanPath`.
 */
function isSmall(entries: readonly TreeEntry[]): boolean {
  if (entries.length > 4_000) return false;
  return entries.reduce((sum, { stats }) => sum + (stats.isFile() ? stats.size : 0), 0) <= 32 << 20;
}

function launcher(request: LayerRequest): LayerPlan {
  const from = below(request.root, `${request.lifecycleDirectory}/launcher`);
  // Found missing here, before anything is written.
  entryAt(from, launcherPath);
  return {
    layer: {
      kind: "launcher",
      paths: [launcherPath],
      ...fromExport(request, "launcher"),
      user: rootOwner,
      history: "Buildpacks Application Launcher",
    },
    entries: () => [],
    files: [{ from, to: launcherPath, mode: 0o755 }],
  };
}

function config(request: LayerRequest): LayerPlan {
  const path = `${request.layersDirectory}/config`;
  return {
    layer: {
      kind: "config",
      paths: [textOf(path)],
      // A few small files, and beside them all layers, which BuildKit would go through to find them.
      ...fromExport(request, "config"),
      user: request.owner,
      history: "Buildpacks Launcher Config",
    },
    entries: () => walkWithParents(request.root, path),
  };
}

function processTypes(request: LayerRequest): LayerPlan[] {
  const paths = request.metadata.processes.map(({ type }) => `${processDirectory}/${type}`);
  if (paths.length === 0) return [];
  return [
    {
      layer: {
        kind: "process-types",
        paths,
        ...fromExport(request, "process-types"),
        user: rootOwner,
        history: "Buildpacks Process Types",
      },
      entries: () => [],
      links: paths.map((path) => ({ path: byteStringOf(path), target: launcherPath })),
    },
  ];
}

type LayerPlace = Pick<ImageLayer, "paths" | "source" | "destination" | "slot">;

/** Where a directory's files are that go into the image as they are. */
function asItIs(request: LayerRequest, path: ByteString, slot: string): LayerPlace {
  const text = textOf(path);
  // Whoever copies the directory itself makes those above it anew, with the usual mode.
  const isUsual = parentsOf(request.root, path).every(({ stats }) => modeOf(stats) === 0o755);
  if (!isUsual) return { paths: [text], ...fromExport(request, slot) };
  const stage = request.restored?.isUnchanged(path) === true ? "restored" : "build";
  return { paths: [text], source: { stage, path: text }, destination: text, slot };
}

/**
 * A directory that is in an earlier image alone: in the previous one, or remembered. Those above it are made anew, with the
 * usual mode.
 */
function asItWas(path: ByteString, slot: string, remembered: ImageLayer["source"] | undefined): LayerPlace {
  const text = textOf(path);
  const source = remembered ?? { stage: "previous", path: text };
  return { paths: [text], source, destination: text, slot };
}

function fromExport(
  { outputDirectory }: LayerRequest,
  slot: string,
): Pick<ImageLayer, "source" | "destination" | "slot"> {
  return { source: { stage: "export", path: `${textOf(outputDirectory)}/${slot}` }, destination: "/", slot };
}
