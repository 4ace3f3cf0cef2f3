import * as v from "valibot";
import { type ImageConfig, readImageConfig } from "../image/image-config.ts";
import { blobPath } from "../image/layout-files.ts";
import { descriptorSchema, manifestSchema } from "../image/manifest.ts";
import { isGzip, isIndexType, isManifestType } from "../image/media-types.ts";
import { normalizePlatform, type Platform } from "../image/platform.ts";
import { baseConfigSchema } from "../image/whole-config.ts";
import { ArchiveError } from "./archive-error.ts";
import type { ArchiveFile } from "./archive-file.ts";
import { readContent } from "./tar.ts";

/** An image in an OCI layout. */
export interface LayoutImage {
  readonly platform: Platform;
  readonly config: ImageConfig;
  readonly layers: readonly LayoutLayer[];
}

interface LayoutLayer {
  /** Digest of the uncompressed layer, by which labels name it. */
  readonly diffId: string;
  /** Name of its blob in the archive. */
  readonly blob: string;
  readonly gzipped: boolean;
}

/** Largest JSON file that is read, in bytes; labels of builders with forty buildpacks have some 200 kB. */
const maxJsonBytes = 8 * 1024 * 1024;
/** As many bytes of JSON are kept of one layout. */
const maxKeptBytes = 64 * 1024 * 1024;
/** An index in an index in an index is a mistake, or an attempt at an endless one. */
const maxDepth = 3;

/** Layers have a type here, which says how they are packed. */
const typed = v.looseObject({ ...descriptorSchema.entries, mediaType: v.string() });
const typedIndexSchema = v.looseObject({ manifests: v.array(typed) });
const typedManifestSchema = v.looseObject({ ...manifestSchema.entries, layers: v.array(typed) });
const layersSchema = v.looseObject({ rootfs: baseConfigSchema.entries.rootfs });

type Typed = v.InferOutput<typeof typed>;

/**
 * The images of a layout, in its order, attestations left out. In: its index.json. Throws ArchiveError.
 * Source: OCI image spec, "Image Layout". pack reads the first image alone and knows no index in the index.
 */
export async function readOciLayout(archive: ArchiveFile, index: Buffer): Promise<readonly LayoutImage[]> {
  let descriptors: readonly Typed[] = check("index.json", index, typedIndexSchema).manifests;
  for (let depth = 1; descriptors.some(isIndex); depth += 1) {
    if (depth > maxDepth) throw new ArchiveError("its index.json nests indexes too deeply");
    const inner = await readBlobs(archive, descriptors.filter(isIndex).map(blobOf));
    descriptors = descriptors.flatMap((descriptor) =>
      isIndex(descriptor)
        ? check(blobOf(descriptor), inner.get(blobOf(descriptor)), typedIndexSchema).manifests
        : [descriptor],
    );
  }
  const found = descriptors.filter(
    (descriptor) => isManifestType(descriptor.mediaType) && descriptor.platform?.os !== "unknown",
  );
  const manifestTexts = await readBlobs(archive, found.map(blobOf));
  const manifests = found.map((descriptor) =>
    check(blobOf(descriptor), manifestTexts.get(blobOf(descriptor)), typedManifestSchema),
  );
  const configs = await readBlobs(
    archive,
    manifests.map(({ config }) => blobOf(config)),
  );
  return manifests.map((manifest) => imageOf(manifest, configs.get(blobOf(manifest.config))));
}

function imageOf(
  manifest: v.InferOutput<typeof typedManifestSchema>,
  configText: Buffer | undefined,
): LayoutImage {
  const name = blobOf(manifest.config);
  const config = readImageConfig(check(name, configText, v.unknown()));
  const { rootfs } = check(name, configText, layersSchema);
  if (config === undefined) throw new ArchiveError(`its ${name} is not an image config`);
  if (rootfs.diff_ids.length !== manifest.layers.length) {
    throw new ArchiveError(`its ${name} and the image's manifest name different layers`);
  }
  return {
    platform: normalizePlatform(config),
    config,
    layers: manifest.layers.map((layer, position) => ({
      diffId: rootfs.diff_ids[position] ?? "",
      blob: blobOf(layer),
      gzipped: isGzip(layer.mediaType),
    })),
  };
}

function isIndex({ mediaType }: Typed): boolean {
  return isIndexType(mediaType);
}

function blobOf({ digest }: { readonly digest: string }): string {
  return blobPath(digest);
}

async function readBlobs(archive: ArchiveFile, names: readonly string[]): Promise<Map<string, Buffer>> {
  const wanted = new Set(names);
  const found = new Map<string, Buffer>();
  let keptBytes = 0;
  if (wanted.size === 0) return found;
  for await (const member of archive.members()) {
    if (!wanted.has(member.name) || member.kind !== "file") continue;
    const content = await readContent(member, maxJsonBytes);
    keptBytes += content.length;
    if (keptBytes > maxKeptBytes)
      throw new ArchiveError(`its images' JSON is larger than ${maxKeptBytes} bytes`);
    found.set(member.name, content);
    if (found.size === wanted.size) break;
  }
  return found;
}

function check<Schema extends v.GenericSchema>(
  name: string,
  text: Buffer | undefined,
  schema: Schema,
): v.InferOutput<Schema> {
  if (text === undefined) throw new ArchiveError(`it has no ${name}`);
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch (error) {
    throw new ArchiveError(`its ${name} is not JSON`, { cause: error });
  }
  const checked = v.safeParse(schema, value);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  throw new ArchiveError(`its ${name} is not valid: ${v.getDotPath(issue) ?? "top level"}: ${issue.message}`);
}
