import { readImageConfig } from "../../image/image-config.ts";
import type { PlatformImage, ResolvedImage } from "../../image/image-source.ts";
import { type Manifest, platformOf, readManifest } from "../../image/manifest.ts";
import { formatPlatform, normalizePlatform, type Platform, samePlatform } from "../../image/platform.ts";
import type { ImageReference } from "../../image/reference.ts";
import type { Content } from "../client.ts";

/** Images of one index that are read: each is two requests, and the largest indexes that are known have twenty. */
const maxImages = 100;

/** Where manifests and configs are by digest: a registry or a directory. Each is checked against its digest. */
export interface ImageStore {
  /** In: a tag or a digest. Undefined: there is none. */
  manifest(name: string): Promise<Content | undefined>;
  /** Undefined: there is none. */
  blob(digest: string): Promise<Content | undefined>;
  /** The error for content that is not what it should be. */
  badAnswer(reason: string): Error;
}

/**
 * Reads the image behind `name` for some platforms (absent: all): at most one manifest or index, and for each platform a
 * manifest and a config. Undefined: there is no such image.
 */
export async function readStoredImage(
  store: ImageStore,
  reference: ImageReference,
  name: string,
  platforms: readonly Platform[] | undefined,
): Promise<ResolvedImage | undefined> {
  const top = await readManifestOf(store, name);
  if (top === undefined) return undefined;
  const { manifest, digest } = top;
  if (manifest.kind === "manifest") {
    const image = { ...(await readImage(store, manifest.config.digest)), digest };
    const wanted =
      platforms === undefined || platforms.some((platform) => samePlatform(platform, image.platform));
    return { reference, digest, available: [image.platform], images: wanted ? [image] : [] };
  }
  const entries = manifest.manifests.flatMap((entry) => {
    const platform = platformOf(entry);
    return platform === undefined ? [] : [{ digest: entry.digest, platform }];
  });
  const available = entries.map(({ platform }) => platform);
  if (platforms === undefined && available.length > maxImages) {
    throw store.badAnswer(`its index lists ${available.length} images, and ${maxImages} are read at most`);
  }
  const images = await Promise.all(
    (platforms ?? available).flatMap((platform) => {
      const entry = entries.find((candidate) => samePlatform(candidate.platform, platform));
      return entry === undefined ? [] : [readIndexedImage(store, entry)];
    }),
  );
  return { reference, digest, available, images };
}

/** An image of an index. The index's word is checked against the image's own config. */
async function readIndexedImage(
  store: ImageStore,
  entry: { readonly digest: string; readonly platform: Platform },
): Promise<PlatformImage> {
  const found = await readManifestOf(store, entry.digest);
  if (found?.manifest.kind !== "manifest") throw store.badAnswer(`${entry.digest} is not an image manifest`);
  const image = await readImage(store, found.manifest.config.digest);
  const { os, architecture } = image.platform;
  if (os !== entry.platform.os || architecture !== entry.platform.architecture) {
    throw store.badAnswer(
      `its index lists ${entry.digest} as ${formatPlatform(entry.platform)}, the image says ${formatPlatform(image.platform)}`,
    );
  }
  return { platform: entry.platform, config: image.config, digest: entry.digest };
}

async function readImage(store: ImageStore, digest: string): Promise<PlatformImage> {
  const content = await store.blob(digest);
  if (content === undefined) throw store.badAnswer(`its config ${digest} is missing`);
  const config = readImageConfig(parseJson(content.bytes, store));
  if (config === undefined) throw store.badAnswer(`${digest} is not an image config`);
  return { platform: normalizePlatform(config), config };
}

async function readManifestOf(
  store: ImageStore,
  name: string,
): Promise<{ readonly manifest: Manifest; readonly digest: string } | undefined> {
  const content = await store.manifest(name);
  if (content === undefined) return undefined;
  const manifest = readManifest(parseJson(content.bytes, store));
  if (manifest === undefined) throw store.badAnswer(`${name} is neither an image nor an index`);
  return { manifest, digest: content.digest };
}

export function parseJson(bytes: Buffer, store: ImageStore): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    // The parser quotes a piece of the text, which is a stranger's.
    const { message } = error as SyntaxError;
    throw store.badAnswer(`it is not JSON (${message.replace(/\p{Cc}/gu, " ")})`);
  }
}
