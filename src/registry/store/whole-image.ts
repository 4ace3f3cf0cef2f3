import * as v from "valibot";
import {
  platformOf,
  type WholeDescriptor,
  type WholeIndex,
  type WholeManifest,
  wholeIndexSchema,
  wholeManifestSchema,
} from "../../image/manifest.ts";
import { indexType, manifestType } from "../../image/media-types.ts";
import { formatPlatform, normalizePlatform, type Platform } from "../../image/platform.ts";
import { type WholeConfig, wholeConfigSchema } from "../../image/whole-config.ts";
import type { Content } from "../client.ts";
import { type ImageStore, parseJson } from "./stored-image.ts";

/** All that registries have of an image but its layers, with every key that it has, so that it can be written again. */
export interface WholeImage {
  readonly top: StoredManifest<WholeIndex> | StoredManifest<WholeManifest>;
  /** Absent: the image has no index, and `top` is its only manifest. */
  readonly index?: WholeIndex;
  /** One for each platform, in the index's order. */
  readonly images: readonly WholePlatformImage[];
  /** What else the index lists: attestations, mostly. */
  readonly others: readonly WholeDescriptor[];
}

export interface WholePlatformImage {
  readonly platform: Platform;
  readonly stored: StoredManifest<WholeManifest>;
  readonly config: WholeConfig;
}

/** A manifest or an index as it was read. */
export interface StoredManifest<Value> {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly value: Value;
}

/**
 * Reads the image behind `name` for all its platforms, or for those that `isWanted` takes. Undefined: there is no such image.
 * Each layer is known to have its diffID. Throws the store's error for what is damaged.
 */
export async function readWholeImage(
  store: ImageStore,
  name: string,
  isWanted: (platform: Platform) => boolean = () => true,
): Promise<WholeImage | undefined> {
  const content = await store.manifest(name);
  if (content === undefined) return undefined;
  const value = parseJson(content.bytes, store);
  if (!v.is(wholeIndexSchema, value)) {
    const top = storedManifest(content, value, store);
    return { top, images: [await readPlatformImage(store, top, undefined)], others: [] };
  }
  const { manifests } = value;
  const wanted = manifests.flatMap((entry) => {
    const platform = platformOf(entry);
    return platform !== undefined && isWanted(platform) ? [{ entry, platform }] : [];
  });
  return {
    top: stored(content, value, indexType),
    index: value,
    images: await Promise.all(wanted.map(({ entry, platform }) => readEntry(store, entry, platform))),
    others: manifests.filter((entry) => platformOf(entry) === undefined),
  };
}

/** Platforms of all images of an index; of the image itself where there is none. */
export function platformsOf({ index, images }: WholeImage): readonly Platform[] {
  if (index === undefined) return images.map(({ platform }) => platform);
  return index.manifests.flatMap((entry) => platformOf(entry) ?? []);
}

/** The index's word is checked against the image's own config. */
async function readEntry(
  store: ImageStore,
  entry: WholeDescriptor,
  platform: Platform,
): Promise<WholePlatformImage> {
  const content = await store.manifest(entry.digest);
  if (content === undefined) throw store.badAnswer(`its manifest ${entry.digest} is missing`);
  const manifest = storedManifest(content, parseJson(content.bytes, store), store);
  const image = await readPlatformImage(store, manifest, platform);
  const { os, architecture } = image.config;
  if (os === platform.os && architecture === platform.architecture) return image;
  const says = `${os}/${architecture}`;
  throw store.badAnswer(
    `its index lists ${entry.digest} as ${formatPlatform(platform)}, the image says ${says}`,
  );
}

/** In: the platform that the index has it for; absent: the config says. */
async function readPlatformImage(
  store: ImageStore,
  manifest: StoredManifest<WholeManifest>,
  platform: Platform | undefined,
): Promise<WholePlatformImage> {
  const { digest } = manifest.value.config;
  const content = await store.blob(digest);
  if (content === undefined) throw store.badAnswer(`its config ${digest} is missing`);
  const config = parseJson(content.bytes, store);
  if (!v.is(wholeConfigSchema, config)) throw store.badAnswer(`${digest} is not an image config`);
  const [layers, diffIds] = [manifest.value.layers.length, config.rootfs.diff_ids.length];
  if (layers !== diffIds) {
    throw store.badAnswer(`${manifest.digest} has ${layers} layers, its config names ${diffIds}`);
  }
  return { platform: platform ?? normalizePlatform(config), stored: manifest, config };
}

function storedManifest(content: Content, value: unknown, store: ImageStore): StoredManifest<WholeManifest> {
  if (!v.is(wholeManifestSchema, value)) throw store.badAnswer(`${content.digest} is not an image manifest`);
  return stored(content, value, manifestType);
}

function stored<Value extends { readonly mediaType?: string | undefined }>(
  { bytes, digest }: Content,
  value: Value,
  defaultType: string,
): StoredManifest<Value> {
  return { bytes, digest, mediaType: value.mediaType ?? defaultType, value };
}

/** A manifest that is no image's, and the blobs that it names. */
type OtherManifest = Pick<StoredManifest<unknown>, "digest" | "bytes" | "mediaType"> & {
  readonly blobs: readonly WholeDescriptor[];
};

/** Reads what an index lists beside its images. Throws the store's error where it is missing or no manifest. */
export async function readOtherManifest(store: ImageStore, digest: string): Promise<OtherManifest> {
  const content = await store.manifest(digest);
  if (content === undefined) throw store.badAnswer(`its manifest ${digest} is missing`);
  const manifest = storedManifest(content, parseJson(content.bytes, store), store);
  const { bytes, mediaType, value } = manifest;
  return { digest, bytes, mediaType, blobs: [value.config, ...value.layers] };
}
