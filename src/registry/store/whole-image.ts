import * as v from "valibot";
import { formatPlatform, normalizePlatform, type Platform } from "../../image/platform.ts";
import type { Content } from "../client.ts";
import { digestSchema } from "../manifest.ts";
import { type ImageStore, parseJson } from "./stored-image.ts";

/** All that registries have of an image but its layers, with every key that it has, so that it can be written again. */
export interface WholeImage {
  readonly top: StoredManifest<IndexValue> | StoredManifest<ManifestValue>;
  /** Absent: the image has no index, and `top` is its only manifest. */
  readonly index?: IndexValue;
  /** One for each platform, in the index's order. */
  readonly images: readonly WholePlatformImage[];
  /** What else the index lists: attestations, mostly. */
  readonly others: readonly Descriptor[];
}

export interface WholePlatformImage {
  readonly platform: Platform;
  readonly stored: StoredManifest<ManifestValue>;
  readonly config: ConfigValue;
}

/** A manifest or an index as it was read. */
export interface StoredManifest<Value> {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly value: Value;
}

/** Source: OCI image spec, "Content Descriptors". Values are checked and used as they are: a copy has another order of keys. */
const descriptorSchema = v.looseObject({
  mediaType: v.optional(v.string()),
  digest: digestSchema,
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
  urls: v.optional(v.array(v.string())),
  annotations: v.nullish(v.record(v.string(), v.string())),
  platform: v.nullish(
    v.looseObject({ os: v.string(), architecture: v.string(), variant: v.optional(v.string()) }),
  ),
});
const indexSchema = v.looseObject({
  mediaType: v.optional(v.string()),
  manifests: v.array(descriptorSchema),
});
const manifestSchema = v.looseObject({
  mediaType: v.optional(v.string()),
  config: descriptorSchema,
  layers: v.array(descriptorSchema),
});
const configSchema = v.looseObject({
  os: v.string(),
  architecture: v.string(),
  variant: v.optional(v.string()),
  config: v.nullish(
    v.looseObject({
      Env: v.nullish(v.array(v.string())),
      Labels: v.nullish(v.record(v.string(), v.string())),
    }),
  ),
  history: v.nullish(v.array(v.looseObject({ empty_layer: v.optional(v.boolean()) }))),
  rootfs: v.looseObject({ diff_ids: v.array(digestSchema) }),
});

export type Descriptor = v.InferInput<typeof descriptorSchema>;
export type IndexValue = v.InferInput<typeof indexSchema>;
export type ManifestValue = v.InferInput<typeof manifestSchema>;
export type ConfigValue = v.InferInput<typeof configSchema>;

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
  if (!v.is(indexSchema, value)) {
    const top = storedManifest(content, value, store);
    return { top, images: [await readPlatformImage(store, top, undefined)], others: [] };
  }
  const { manifests } = value;
  const isImage = ({ platform }: Descriptor) => platform != null && platform.os !== "unknown";
  const wanted = manifests.filter((entry) => isImage(entry) && isWanted(platformOf(entry)));
  return {
    top: stored(content, value, "application/vnd.oci.image.index.v1+json"),
    index: value,
    images: await Promise.all(wanted.map((entry) => readEntry(store, entry))),
    others: manifests.filter((entry) => !isImage(entry)),
  };
}

/** Platforms of all images of an index; of the image itself where there is none. */
export function platformsOf({ index, images }: WholeImage): readonly Platform[] {
  if (index === undefined) return images.map(({ platform }) => platform);
  return index.manifests
    .filter(({ platform }) => platform != null && platform.os !== "unknown")
    .map(platformOf);
}

function platformOf({ platform }: Descriptor): Platform {
  const { os = "unknown", architecture = "unknown", variant } = platform ?? {};
  return normalizePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** The index's word is checked against the image's own config. */
async function readEntry(store: ImageStore, entry: Descriptor): Promise<WholePlatformImage> {
  const content = await store.manifest(entry.digest);
  if (content === undefined) throw store.badAnswer(`its manifest ${entry.digest} is missing`);
  const manifest = storedManifest(content, parseJson(content.bytes, store), store);
  const platform = platformOf(entry);
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
  manifest: StoredManifest<ManifestValue>,
  platform: Platform | undefined,
): Promise<WholePlatformImage> {
  const { digest } = manifest.value.config;
  const content = await store.blob(digest);
  if (content === undefined) throw store.badAnswer(`its config ${digest} is missing`);
  const config = parseJson(content.bytes, store);
  if (!v.is(configSchema, config)) throw store.badAnswer(`${digest} is not an image config`);
  const { os, architecture, variant, rootfs } = config;
  const [layers, diffIds] = [manifest.value.layers.length, rootfs.diff_ids.length];
  if (layers !== diffIds) {
    throw store.badAnswer(`${manifest.digest} has ${layers} layers, its config names ${diffIds}`);
  }
  const own = normalizePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
  return { platform: platform ?? own, stored: manifest, config };
}

function storedManifest(content: Content, value: unknown, store: ImageStore): StoredManifest<ManifestValue> {
  if (!v.is(manifestSchema, value)) throw store.badAnswer(`${content.digest} is not an image manifest`);
  return stored(content, value, "application/vnd.oci.image.manifest.v1+json");
}

function stored<Value extends { readonly mediaType?: string | undefined }>(
  { bytes, digest }: Content,
  value: Value,
  defaultType: string,
): StoredManifest<Value> {
  return { bytes, digest, mediaType: value.mediaType ?? defaultType, value };
}

/** A manifest that is no image's, and the blobs that it names. */
export type OtherManifest = Pick<StoredManifest<unknown>, "digest" | "bytes" | "mediaType"> & {
  readonly blobs: readonly Descriptor[];
};

/** Reads what an index lists beside its images. Throws the store's error where it is missing or no manifest. */
export async function readOtherManifest(store: ImageStore, digest: string): Promise<OtherManifest> {
  const content = await store.manifest(digest);
  if (content === undefined) throw store.badAnswer(`its manifest ${digest} is missing`);
  const manifest = storedManifest(content, parseJson(content.bytes, store), store);
  const { bytes, mediaType, value } = manifest;
  return { digest, bytes, mediaType, blobs: [value.config, ...value.layers] };
}
