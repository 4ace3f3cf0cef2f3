import { writeFileSync } from "node:fs";
import { escapeId } from "../../contract/escape-id.ts";
import type { LayerMeasure } from "../../contract/layer-measure.ts";
import {
  formatRestoredLayers,
  type RestoredLayer,
  restoredLayersFile,
} from "../../contract/restored-layers.ts";
import { isDigest } from "../../image/digest.ts";
import { type ByteString, byteStringOf, bytesOf } from "../../layer/byte-string.ts";
import { measureCopy } from "../../layer/digest.ts";
import { plainStats } from "../../layer/plain-path.ts";
import { below, modeOf, parentsOf, walkWithParents } from "../../layer/walk.ts";
import { present } from "../../present.ts";
import { metadataIn } from "../cache/cache-directory.ts";
import { parseOldMetadata } from "../cache/old-metadata.ts";
import type { LayersPlace } from "../image/naming-buildpacks.ts";

interface DescriptionRequest extends LayersPlace {
  /** The cache that the restorer has just read, which nobody else could change meanwhile. */
  readonly cacheDirectory: ByteString;
  /** Whether something below a path has another mode now than in the cache. */
  readonly isOpened: (path: ByteString) => boolean;
}

/**
 * Leaves, beside the layers that the restorer has just put into their directory, which tar of the cache each comes from, and the digests of
 * those for launch: whoever finds one unchanged later need not read it again. The directory belongs to whoever runs this. Throws node's error.
 */
export function describeRestored({ cacheDirectory, isOpened, ...place }: DescriptionRequest): void {
  const { root, layersDirectory } = place;
  const { buildpacks } = parseOldMetadata(metadataIn(`${cacheDirectory}/committed`) ?? "");
  const found = new Map<ByteString, RestoredLayer>();
  for (const { key, layers } of buildpacks ?? []) {
    for (const [name, { sha, launch }] of layers) {
      const path = `${layersDirectory}/${byteStringOf(escapeId(key))}/${byteStringOf(name)}`;
      if (!isDigest(sha) || isOpened(path) || plainStats(root, path)?.isDirectory() !== true) continue;
      found.set(path, { sha, ...present({ measure: launch === true ? measured(root, path) : undefined }) });
    }
  }
  if (found.size === 0) return;
  const file = below(root, `${layersDirectory}${restoredLayersFile}`);
  writeFileSync(bytesOf(file), formatRestoredLayers(found), { flag: "wx" });
}

/** Undefined: the layer would not be copied simply as it is. */
function measured(root: ByteString, path: ByteString): LayerMeasure | undefined {
  // Whoever copies a layer makes those above it with this mode.
  if (!parentsOf(root, path).every(({ stats }) => modeOf(stats) === 0o755)) return undefined;
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return measureCopy(walkWithParents(root, path), owner);
}
