import * as v from "valibot";
import { digestSchema } from "./digest.ts";
import { normalizePlatform, type Platform } from "./platform.ts";
import { record } from "./record.ts";

const text = v.optional(v.string());
const platformSchema = v.looseObject({ os: text, architecture: text, variant: text });
const sizeSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What names a blob or a manifest. Other keys stay. Source: OCI image spec, "Content Descriptors". */
export const descriptorSchema = v.looseObject({
  mediaType: text,
  digest: digestSchema,
  size: v.optional(sizeSchema),
  urls: v.optional(v.array(v.string())),
  annotations: v.nullish(record(v.string(), v.string())),
  platform: v.nullish(platformSchema),
});
/** Source: OCI image spec, "Image Index". */
export const indexSchema = v.looseObject({ mediaType: text, manifests: v.array(descriptorSchema) });
/** Source: OCI image spec, "Image Manifest". */
export const manifestSchema = v.looseObject({
  mediaType: text,
  config: descriptorSchema,
  layers: v.optional(v.array(descriptorSchema)),
});

/** The same of images that are written again, of which nothing may be missing. */
const wholeDescriptorSchema = v.looseObject({ ...descriptorSchema.entries, size: sizeSchema });
export const wholeIndexSchema = v.looseObject({
  ...indexSchema.entries,
  manifests: v.array(wholeDescriptorSchema),
});
export const wholeManifestSchema = v.looseObject({
  ...manifestSchema.entries,
  config: wholeDescriptorSchema,
  layers: v.array(wholeDescriptorSchema),
});

export type Descriptor = v.InferInput<typeof descriptorSchema>;
export type WholeDescriptor = v.InferInput<typeof wholeDescriptorSchema>;
export type WholeIndex = v.InferInput<typeof wholeIndexSchema>;
export type WholeManifest = v.InferInput<typeof wholeManifestSchema>;

export type Manifest =
  | ({ readonly kind: "index" } & v.InferInput<typeof indexSchema>)
  | ({ readonly kind: "manifest" } & v.InferInput<typeof manifestSchema>);

/** Reads an index or a manifest; the keys tell which, whatever the media type says. Undefined: neither. */
export function readManifest(value: unknown): Manifest | undefined {
  if (v.is(indexSchema, value)) return { kind: "index", ...value };
  return v.is(manifestSchema, value) ? { kind: "manifest", ...value } : undefined;
}

/** The platform of an index's entry. Undefined: it is no image but an attestation, of unknown/unknown, or names none. */
export function platformOf({ platform }: Pick<Descriptor, "platform">): Platform | undefined {
  const { os = "unknown", architecture, variant } = platform ?? {};
  if (os === "unknown" || architecture === undefined) return undefined;
  return normalizePlatform({ os, architecture, variant });
}
