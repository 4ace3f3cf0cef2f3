import type { Report } from "../diagnostics/diagnostic.ts";
import { readImageConfig } from "../image/image-config.ts";
import type { ImageSource, PlatformImage, ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, normalizePlatform, type Platform, samePlatform } from "../image/platform.ts";
import type { ImageReference } from "../image/reference.ts";
import { BlobCache } from "./blob-cache.ts";
import { type RegistryAccess, RepositoryClient } from "./client.ts";
import { HttpClient } from "./http.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { defaultRegistryOptions, type RegistryOptions } from "./options.ts";

/** What a registry is asked with. All may be absent: then nothing is configured, and nobody hears warnings. */
export interface RegistrySettings {
  readonly options?: RegistryOptions;
  readonly cache?: BlobCache;
  /** One that others share, for its connections. */
  readonly http?: HttpClient;
  /** Hears of mirrors and credential helpers that fail. */
  readonly report?: Report;
}

/**
 * Answers for images from their registries. Requests for an image: one for its index, two for each platform; none for
 * what a digest names and an earlier run has read.
 */
export class RegistryImageSource implements ImageSource {
  private readonly cache: BlobCache;
  private readonly access: RegistryAccess;

  constructor(settings: RegistrySettings = {}) {
    const { options = defaultRegistryOptions, cache = new BlobCache(), report = () => {} } = settings;
    this.cache = cache;
    this.access = {
      http: settings.http ?? new HttpClient(options),
      mirrors: options.mirrors,
      report,
    };
  }

  async resolve(
    reference: ImageReference,
    platforms: readonly Platform[] | undefined,
  ): Promise<ResolvedImage | undefined> {
    const client = new RepositoryClient(reference, this.access);
    const top = await this.manifest(client, reference.digest ?? reference.tag ?? "latest");
    if (top === undefined) return undefined;
    const { manifest, digest } = top;
    if (manifest.kind === "manifest") {
      const image = await this.image(client, manifest.config.digest);
      const wanted =
        platforms === undefined || platforms.some((platform) => samePlatform(platform, image.platform));
      return { reference, digest, available: [image.platform], images: wanted ? [image] : [] };
    }
    const entries = manifest.manifests.flatMap(({ digest: entryDigest, platform }) =>
      // Attestations are listed with the platform unknown/unknown.
      platform === undefined || platform.os === "unknown"
        ? []
        : [{ digest: entryDigest, platform: normalizePlatform(tidy(platform)) }],
    );
    const available = entries.map(({ platform }) => platform);
    const images = await Promise.all(
      (platforms ?? available).flatMap((platform) => {
        const entry = entries.find((candidate) => samePlatform(candidate.platform, platform));
        return entry === undefined ? [] : [this.indexedImage(client, entry)];
      }),
    );
    return { reference, digest, available, images };
  }

  /** An image of an index. The index's word is checked against the image's own config. */
  private async indexedImage(
    client: RepositoryClient,
    entry: { readonly digest: string; readonly platform: Platform },
  ): Promise<PlatformImage> {
    const found = await this.manifest(client, entry.digest);
    if (found?.manifest.kind !== "manifest")
      throw client.badAnswer(`${entry.digest} is not an image manifest`);
    const image = await this.image(client, found.manifest.config.digest);
    const { os, architecture } = image.platform;
    if (os !== entry.platform.os || architecture !== entry.platform.architecture) {
      throw client.badAnswer(
        `its index lists ${entry.digest} as ${formatPlatform(entry.platform)}, the image says ${formatPlatform(image.platform)}`,
      );
    }
    return { platform: entry.platform, config: image.config };
  }

  private async image(client: RepositoryClient, digest: string): Promise<PlatformImage> {
    const cached = this.cache.read(digest);
    const bytes = cached ?? (await client.blob(digest))?.bytes;
    if (bytes === undefined) throw client.badAnswer(`its config ${digest} is missing`);
    const config = readImageConfig(parseJson(bytes, client));
    if (config === undefined) throw client.badAnswer(`${digest} is not an image config`);
    if (cached === undefined) this.cache.write(digest, bytes);
    return { platform: normalizePlatform(tidy(config)), config };
  }

  private async manifest(
    client: RepositoryClient,
    name: string,
  ): Promise<{ readonly manifest: Manifest; readonly digest: string } | undefined> {
    const cached = name.startsWith("sha256:") ? this.cache.read(name) : undefined;
    const content = cached === undefined ? await client.manifest(name) : { bytes: cached, digest: name };
    if (content === undefined) return undefined;
    const manifest = readManifest(parseJson(content.bytes, client));
    if (manifest === undefined) throw client.badAnswer(`${name} is neither an image nor an index`);
    if (cached === undefined) this.cache.write(content.digest, content.bytes);
    return { manifest, digest: content.digest };
  }
}

function tidy(platform: { os: string; architecture: string; variant?: string | undefined }): Platform {
  const { os, architecture, variant } = platform;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function parseJson(bytes: Buffer, client: RepositoryClient): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw client.badAnswer(`it is not JSON (${(error as SyntaxError).message})`);
  }
}
