import type { ImageConfig } from "./image-config.ts";
import type { Platform } from "./platform.ts";
import { formatReference, type ImageReference, pinReference } from "./reference.ts";

/** One platform's image behind a reference. */
export interface PlatformImage {
  readonly platform: Platform;
  readonly config: ImageConfig;
  /** Digest of its manifest. Absent: whoever answered does not know it. */
  readonly digest?: string;
}

/** What a reference stands for today. */
export interface ResolvedImage {
  /** As asked for. */
  readonly reference: ImageReference;
  /**
   * Digest of the index, or of the manifest where the image has no index. Absent: it cannot be asked for by digest, as an
   * image that was built in a docker daemon.
   */
  readonly digest?: string;
  /** Every platform the image has; what a message names when one is missing. */
  readonly available: readonly Platform[];
  /** Those of the platforms asked for that it has, in the order asked. */
  readonly images: readonly PlatformImage[];
}

/**
 * The one port through which the compiler asks about images: registry (HTTP), BuildKit, or files in tests.
 * `platforms` absent: every platform of the image. Out: undefined when there is no such image.
 * Throws CompileError where access is refused, TemporaryError where retrying can help.
 */
export interface ImageSource {
  resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined>;
}

/** `name:tag@sha256:…`; without a digest where the image has none that could be asked for. */
export function pinnedName({ reference, digest }: ResolvedImage): string {
  return formatReference(digest === undefined ? reference : pinReference(reference, digest));
}
