import type { Report } from "../diagnostics/diagnostic.ts";
import type { ImageSource, ResolvedImage } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import type { ImageReference } from "../image/reference.ts";
import { type Content, type RegistryAccess, RepositoryClient } from "./client.ts";
import { HttpClient } from "./http/http.ts";
import { defaultRegistryOptions, type RegistryOptions } from "./options.ts";
import { BlobCache } from "./store/blob-cache.ts";
import { type ImageStore, readStoredImage } from "./store/stored-image.ts";

/** What registries are asked with. All may be absent: then nothing is configured, and nobody hears warnings. */
export interface RegistrySettings {
  readonly options?: RegistryOptions;
  readonly cache?: BlobCache;
  /** One that others share, for its connections; made from the same options. */
  readonly http?: HttpClient;
  /** Hears of mirrors and credential helpers that fail. */
  readonly report?: Report;
}

/**
 * Answers for images from their registries. Requests for an image: one for its index, two for each platform; none for
 * what a digest names and an earlier run has read. Logging in and redirects come on top.
 */
export class RegistryImageSource implements ImageSource {
  readonly #cache: BlobCache;
  readonly #access: RegistryAccess;

  constructor(settings: RegistrySettings = {}) {
    const { options = defaultRegistryOptions, report = () => {} } = settings;
    this.#cache = settings.cache ?? new BlobCache(undefined, report);
    this.#access = { http: settings.http ?? new HttpClient(options), mirrors: options.mirrors, report };
  }

  resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined> {
    const store = cached(new RepositoryClient(reference, this.#access), this.#cache);
    return readStoredImage(store, reference, reference.digest ?? reference.tag ?? "latest", platforms);
  }
}

/** The store, asked only for what the cache does not have. */
function cached(store: ImageStore, cache: BlobCache): ImageStore {
  const remember = (content: Content | undefined): Content | undefined => {
    if (content !== undefined) cache.write(content.digest, content.bytes);
    return content;
  };
  const known = (name: string): Content | undefined => {
    const bytes = name.startsWith("sha256:") ? cache.read(name) : undefined;
    return bytes && { bytes, digest: name };
  };
  return {
    manifest: async (name) => known(name) ?? remember(await store.manifest(name)),
    blob: async (digest) => known(digest) ?? remember(await store.blob(digest)),
    badAnswer: (reason) => store.badAnswer(reason),
  };
}
