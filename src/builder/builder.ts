import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ImageConfig, imageEnv } from "../image/image-config.ts";
import type { PlatformImage } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import { decodeLabel } from "./decode-label.ts";
import {
  builderMetadataLabel,
  buildpackLayersLabel,
  groupIdVariable,
  orderExtensionsLabel,
  orderLabel,
  userIdVariable,
} from "./labels.ts";

/** What one platform's builder image says of itself. */
export interface BuilderMetadata {
  readonly platform: Platform;
  /** The build user; numeric, never root. */
  readonly user: { readonly uid: number; readonly gid: number };
  readonly lifecycleVersion: string;
  /** Platform APIs that its lifecycle knows, deprecated ones too: `0.12`. */
  readonly platformApis: readonly string[];
  /** Run images it was made for, best first. */
  readonly runImages: readonly string[];
  /** Buildpacks on the builder: id → versions. */
  readonly buildpacks: ReadonlyMap<string, readonly string[]>;
  readonly order: Order;
  /** Ids of the image extensions that the builder tries; empty on most. */
  readonly extensions: readonly string[];
}

/** Groups in the order in which detection tries them. Source: CNB platform spec, "order.toml". */
export type Order = readonly OrderGroup[];
export type OrderGroup = readonly OrderEntry[];
export interface OrderEntry {
  readonly id: string;
  /** Absent: the only version there is. */
  readonly version?: string;
  readonly optional: boolean;
}

// Go writes `null` for an empty list.
const list = <Item extends v.GenericSchema>(item: Item) => v.nullish(v.array(item), []);
const runImageSchema = v.object({ image: v.optional(v.string(), "") });
const apiSetSchema = v.object({ deprecated: list(v.string()), supported: list(v.string()) });
const metadataSchema = v.object({
  images: list(runImageSchema),
  stack: v.nullish(v.object({ runImage: v.nullish(runImageSchema) })),
  lifecycle: v.nullish(
    v.object({
      version: v.optional(v.string(), ""),
      /** Lifecycles before 0.9 name one version of each. */
      api: v.nullish(v.object({ platform: v.optional(v.string()) })),
      apis: v.nullish(v.object({ platform: v.nullish(apiSetSchema) })),
    }),
  ),
});
const orderSchema = list(
  v.object({
    group: list(
      v.object({ id: v.string(), version: v.optional(v.string()), optional: v.optional(v.boolean(), false) }),
    ),
  }),
);
const layersSchema = v.record(v.string(), v.record(v.string(), v.unknown()));

/**
 * Reads one platform's builder. In: the image and the name it goes by in messages.
 * Throws CompileError with all that makes it no builder. Source: pack's builder labels; platform spec, "Build Image".
 */
export function readBuilder({ platform, config }: PlatformImage, image: string): BuilderMetadata {
  const metadata = decodeLabel(config, builderMetadataLabel, metadataSchema, image);
  if (metadata === undefined) {
    throw new CompileError([
      diagnose("builder/not-a-builder", { image, label: builderMetadataLabel }, { file: image }),
    ]);
  }
  const found: Diagnostic[] = [];
  const location = { file: image };
  const runImages = [...metadata.images, metadata.stack?.runImage]
    .map((candidate) => candidate?.image ?? "")
    .filter((name) => name !== "");
  const { version: lifecycleVersion = "", api, apis } = metadata.lifecycle ?? {};
  const platformApis =
    apis?.platform === undefined || apis.platform === null
      ? [api?.platform ?? ""].filter((version) => version !== "")
      : [...apis.platform.deprecated, ...apis.platform.supported];
  if (lifecycleVersion === "") found.push(diagnose("builder/no-lifecycle", { image }, location));
  if (platformApis.length === 0) found.push(diagnose("builder/no-platform-api", { image }, location));
  const user = readUser(config);
  if (user === undefined) found.push(diagnose("builder/no-user", { image }, location));
  if (found.length > 0 || user === undefined) throw new CompileError(found);

  const layers = decodeLabel(config, buildpackLayersLabel, layersSchema, image) ?? {};
  const orderOf = (label: string) =>
    (decodeLabel(config, label, orderSchema, image) ?? []).map(({ group }) => group.map(orderEntry));
  return {
    platform,
    user,
    lifecycleVersion,
    platformApis,
    runImages,
    buildpacks: new Map(Object.entries(layers).map(([id, versions]) => [id, Object.keys(versions)])),
    order: orderOf(orderLabel),
    extensions: [...new Set(orderOf(orderExtensionsLabel).flatMap((group) => group.map(({ id }) => id)))],
  };
}

function orderEntry(entry: { id: string; version?: string | undefined; optional: boolean }): OrderEntry {
  const { id, version, optional } = entry;
  return { id, ...(version === undefined || version === "" ? {} : { version }), optional };
}

/** Largest user id that Linux has; the next one means "no user". */
const maxUserId = 2 ** 32 - 2;

/** Undefined where the ids are missing, not numbers of a user, or root's: detector and builder refuse root. */
function readUser(config: ImageConfig): BuilderMetadata["user"] | undefined {
  const [uid, gid] = [imageEnv(config, userIdVariable), imageEnv(config, groupIdVariable)].map((text) =>
    text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= maxUserId ? Number(text) : undefined,
  );
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid };
}
