import type { WholeDescriptor, WholeIndex } from "../image/manifest.ts";

/** Set by BuildKit on what it lists beside an image. Source: BuildKit, docs/attestations/attestation-storage.md. */
const referenceAnnotation = "vnd.docker.reference.digest";

/** A manifest that takes another's place. */
interface NewManifest {
  readonly digest: string;
  readonly sizeBytes: number;
}

interface RebasedIndex {
  readonly index: WholeIndex;
  /** Entries that spoke of images that are no longer listed: attestations. */
  readonly dropped: readonly WholeDescriptor[];
}

/**
 * The index with other images, each in its old place with its annotations. What is no image stays where it speaks of an
 * image that stays. In: what of the index is no image; the new manifests by the digests of those that they replace.
 */
export function rebaseIndex(
  index: WholeIndex,
  others: readonly WholeDescriptor[],
  replaced: ReadonlyMap<string, NewManifest>,
): RebasedIndex {
  const dropped = others.filter(({ annotations }) => {
    const of = annotations?.[referenceAnnotation];
    return of === undefined || replaced.has(of);
  });
  const manifests = index.manifests
    .filter((entry) => !dropped.includes(entry))
    .map((entry) => {
      const made = replaced.get(entry.digest);
      return made === undefined ? entry : { ...entry, digest: made.digest, size: made.sizeBytes };
    });
  return { index: { ...index, manifests }, dropped };
}
