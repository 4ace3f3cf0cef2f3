import { digestOf } from "../image/digest.ts";
import type { WholeDescriptor } from "../image/manifest.ts";
import type { StoredManifest, WholeImage } from "../registry/store/whole-image.ts";
import type { PlatformRebase } from "./plan-rebase.ts";
import { rebaseIndex } from "./rebase-index.ts";

/** Bytes under their digest. */
interface FinishedContent {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** A manifest or an index, as it is to be written. */
type FinishedManifest = FinishedContent & { readonly mediaType: string };

/** All that is new of an image, the lowest first. */
export interface FinishedRebase {
  readonly configs: readonly FinishedContent[];
  /** One for each platform that has changed. */
  readonly manifests: readonly FinishedManifest[];
  /** What the tags are to stand for: an index, or the only manifest. */
  readonly top: FinishedManifest;
  /** By the digest of the manifest that it replaces. */
  readonly replaced: ReadonlyMap<string, FinishedManifest>;
  /** Entries of the old index that the new one does not have. */
  readonly dropped: readonly WholeDescriptor[];
}

/** Gives everything its digest. Where nothing has changed, `top` is the old one, byte for byte. */
export function finishRebase(image: WholeImage, planned: readonly PlatformRebase[]): FinishedRebase {
  const configs: FinishedContent[] = [];
  const replaced = new Map<string, FinishedManifest>();
  for (const { target, made } of planned) {
    if (made === undefined) continue;
    const { stored } = target.app;
    const config = finished(made.config);
    const described = { ...made.manifest.config, digest: config.digest, size: config.bytes.length };
    configs.push(config);
    replaced.set(stored.digest, written(stored, { ...made.manifest, config: described }));
  }
  const { top, index } = image;
  const manifests = [...replaced.values()];
  if (index === undefined) {
    return { configs, manifests, top: manifests[0] ?? top, replaced, dropped: [] };
  }
  if (replaced.size === 0) return { configs, manifests, top, replaced, dropped: [] };
  const sizes = new Map(
    [...replaced].map(([digest, made]) => [digest, { digest: made.digest, sizeBytes: made.bytes.length }]),
  );
  const rebased = rebaseIndex(index, image.others, sizes);
  return { configs, manifests, top: written(top, rebased.index), replaced, dropped: rebased.dropped };
}

/** Laid out as the one before it was: a build upon the same run image then makes the same bytes. */
function written(before: StoredManifest<unknown>, value: object): FinishedManifest {
  const indent = before.bytes.includes("\n") ? 2 : undefined;
  return { ...finished(Buffer.from(JSON.stringify(value, null, indent))), mediaType: before.mediaType };
}

function finished(bytes: Buffer): FinishedContent {
  return { bytes, digest: digestOf(bytes) };
}
