import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import type { ImageSource } from "../../image/image-source.ts";
import { formatReference } from "../../image/reference.ts";

/**
 * Answers with the digests that a generated file has, where the names are the same, so that a check does not depend on
 * what a tag points to today; an updater may move the digests in the file itself.
 */
export function pinnedImages(images: ImageSource, dockerfile: Dockerfile): ImageSource {
  const digests = new Map<string, string>();
  for (const { reference } of dockerfile.images) {
    const { digest, ...named } = reference;
    if (digest !== undefined) digests.set(formatReference(named), digest);
  }
  return {
    async resolve(reference, platforms) {
      const digest = reference.digest === undefined ? digests.get(formatReference(reference)) : undefined;
      const resolved = await images.resolve(
        digest === undefined ? reference : { ...reference, digest },
        platforms,
      );
      return resolved && { ...resolved, reference };
    },
  };
}
