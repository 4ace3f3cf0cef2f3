import * as v from "valibot";
import { buildpackLayersLabel } from "../contract/label-names.ts";
import type { ImageConfig } from "../image/image-config.ts";
import { decodeLabel } from "./decode-label.ts";
import { entries } from "./entries.ts";
import { buildpackageMetadataLabel } from "./labels.ts";

/** Groups in the order in which detection tries them. Source: CNB platform spec, "order.toml". */
export type Order = readonly OrderGroup[];
export type OrderGroup = readonly OrderEntry[];
export interface OrderEntry {
  readonly id: string;
  /** Absent: the only version there is. */
  readonly version?: string;
  readonly optional: boolean;
}

/** One version of a buildpack, as labels and buildpack.toml tell of it. */
export interface BuildpackInfo {
  readonly id: string;
  readonly version: string;
  /** Buildpack API; absent: old labels do not say. */
  readonly api?: string;
  /** What it runs on; empty: it does not say, so on everything. */
  readonly targets: readonly BuildpackTarget[];
  /** Of a composite: the groups that stand for it; empty: it is none. */
  readonly order: Order;
  /** diffID of the layer that holds it; two with the same one are the same. Absent: nobody says. */
  readonly layerDigest?: string;
}

/** Source: CNB buildpack spec, "buildpack.toml", `targets`. */
export interface BuildpackTarget {
  /** Absent or empty parts match everything. */
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Distributions of run images that it is for; absent or empty: every one. */
  readonly distributions?: readonly { readonly name?: string; readonly version?: string }[];
}

/** Buildpacks by id, each with its versions. */
export type Buildpacks = ReadonlyMap<string, readonly BuildpackInfo[]>;

// Go writes `null` for an empty list.
export const list = <Item extends v.GenericSchema>(item: Item) => v.nullish(v.array(item), []);

export const orderSchema = list(
  v.object({
    group: list(
      v.object({ id: v.string(), version: v.optional(v.string()), optional: v.optional(v.boolean(), false) }),
    ),
  }),
);

/** A list of groups as labels and TOML files have it. */
export function readOrder(groups: v.InferOutput<typeof orderSchema>): Order {
  return groups.map(({ group }) =>
    group.map(({ id, version, optional }) => ({
      id,
      ...(version === undefined || version === "" ? {} : { version }),
      optional,
    })),
  );
}

const layersSchema = entries(
  v.string(),
  entries(
    v.string(),
    v.object({
      api: v.optional(v.string()),
      targets: list(
        v.object({
          os: v.optional(v.string()),
          arch: v.optional(v.string()),
          variant: v.optional(v.string()),
          distros: list(v.object({ name: v.optional(v.string(), ""), version: v.optional(v.string(), "") })),
        }),
      ),
      order: orderSchema,
      layerDiffID: v.optional(v.string()),
    }),
  ),
);

/** Reads the label that tells of every buildpack in an image. In: the image's name, for messages. */
export function readBuildpackLayers(config: ImageConfig, image: string): Buildpacks {
  const layers = decodeLabel(config, buildpackLayersLabel, layersSchema, image) ?? [];
  return new Map(
    Array.from(layers, ([id, versions]) => [
      id,
      Array.from(versions, ([version, { api, targets, order, layerDiffID }]) => ({
        id,
        version,
        ...(api === undefined ? {} : { api }),
        targets: targets.map(({ os, arch, variant, distros }) => ({
          ...(os === undefined ? {} : { os }),
          ...(arch === undefined ? {} : { architecture: arch }),
          ...(variant === undefined ? {} : { variant }),
          ...(distros.length === 0 ? {} : { distributions: distros }),
        })),
        order: readOrder(order),
        ...(layerDiffID === undefined ? {} : { layerDigest: layerDiffID }),
      })),
    ]),
  );
}

/** What a buildpackage holds: the buildpack it is named for, and all that came with it. */
export interface BuildpackageMetadata {
  readonly main: { readonly id: string; readonly version: string };
  readonly buildpacks: Buildpacks;
}

const packageSchema = v.object({ id: v.string(), version: v.string() });

/** Reads a buildpackage's config. Undefined: the image is none. Throws CompileError where a label is damaged. */
export function readBuildpackage(config: ImageConfig, image: string): BuildpackageMetadata | undefined {
  const main = decodeLabel(config, buildpackageMetadataLabel, packageSchema, image);
  if (main === undefined) return undefined;
  return { main, buildpacks: readBuildpackLayers(config, image) };
}
