import { writeFileSync } from "node:fs";
import { escapeId } from "../../contract/escape-id.ts";
import type { LayerMeasure } from "../../contract/layer-measure.ts";
import { formatRestoredMeasures, restoredMeasuresFile } from "../../contract/restored-measures.ts";
import { type ByteString, byteStringOf, bytesOf } from "../../layer/byte-string.ts";
import { measureCopy } from "../../layer/digest.ts";
import { plainStats } from "../../layer/plain-path.ts";
import { below, modeOf, parentsOf, walkTree } from "../../layer/walk.ts";
import { metadataIn } from "../cache/cache-directory.ts";
import { parseOldMetadata } from "../cache/old-metadata.ts";
import type { LayersPlace } from "../image/naming-buildpacks.ts";

/**
 * Leaves the digests of the layers that the restorer has just put into their directory, which belongs to whoever runs this: the next
 * builds need not read them again. In: the cache that they come from, which says which of them are for launch. Throws node's error.
 */
export function writeRestoredMeasures(cacheDirectory: ByteString, place: LayersPlace): void {
  const { root, layersDirectory } = place;
  const { buildpacks } = parseOldMetadata(metadataIn(`${cacheDirectory}/committed`) ?? "");
  const measures = new Map<ByteString, LayerMeasure>();
  for (const { key, layers } of buildpacks ?? []) {
    for (const [name, { launch }] of layers) {
      if (launch !== true) continue;
      const path = `${layersDirectory}/${byteStringOf(escapeId(key))}/${byteStringOf(name)}`;
      const measure = measured(root, path);
      if (measure !== undefined) measures.set(path, measure);
    }
  }
  if (measures.size === 0) return;
  const file = below(root, `${layersDirectory}${restoredMeasuresFile}`);
  writeFileSync(bytesOf(file), formatRestoredMeasures(measures), { flag: "wx" });
}

/** Undefined: the layer is not there, or would not be copied simply as it is. */
function measured(root: ByteString, path: ByteString): LayerMeasure | undefined {
  if (plainStats(root, path)?.isDirectory() !== true) return undefined;
  const parents = parentsOf(root, path);
  // Whoever copies a layer makes those above it with this mode.
  if (!parents.every(({ stats }) => modeOf(stats) === 0o755)) return undefined;
  const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const measure = measureCopy([...parents, ...walkTree(below(root, path), path)], owner);
  return measure && { digest: measure.sha, sizeBytes: measure.sizeBytes };
}
