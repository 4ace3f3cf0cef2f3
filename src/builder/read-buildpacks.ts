import * as v from "valibot";
import { buildpackLayersLabel, extensionLayersLabel } from "../contract/label-names.ts";
import type { ModuleKind } from "../contract/module-kind.ts";
import { entries } from "../image/entries.ts";
import type { ImageConfig } from "../image/image-config.ts";
import { present } from "../present.ts";
import type { BuildpackageMetadata, Buildpacks, Order } from "./buildpack-info.ts";
import { decodeLabel } from "./decode-label.ts";
import { buildpackageMetadataLabel } from "./labels.ts";

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
  return readModuleLayers(config, buildpackLayersLabel, image);
}

/** The same of a label of that shape: buildpacks have one, image extensions another. */
export function readModuleLayers(config: ImageConfig, label: string, image: string): Buildpacks {
  const layers = decodeLabel(config, label, layersSchema, image) ?? [];
  return new Map(
    Array.from(layers, ([id, versions]) => [
      id,
      Array.from(versions, ([version, { api, targets, order, layerDiffID }]) => ({
        id,
        version,
        ...present({ api }),
        targets: targets.map(({ os, arch, variant, distros }) => ({
          ...present({ os, architecture: arch, variant }),
          ...(distros.length === 0 ? {} : { distributions: distros }),
        })),
        order: readOrder(order),
        ...present({ layerDigest: layerDiffID }),
      })),
    ]),
  );
}

const packageSchema = v.object({ id: v.string(), version: v.string() });

/**
 * Reads a package's config: a buildpackage, or the package of an image extension. Undefined: the image is none of that kind.
 * Throws CompileError where a label is damaged. Source: pack, `extractBuildpacks` and `extractExtensions`: the first label is the
 * same for both.
 */
export function readPackage(
  config: ImageConfig,
  image: string,
  kind: ModuleKind,
): BuildpackageMetadata | undefined {
  const main = decodeLabel(config, buildpackageMetadataLabel, packageSchema, image);
  if (main === undefined) return undefined;
  const isExtension = config.labels[extensionLayersLabel] !== undefined;
  if (isExtension !== (kind === "extension")) return undefined;
  return { main, buildpacks: readModuleLayers(config, layersLabels[kind], image) };
}

const layersLabels: Readonly<Record<ModuleKind, string>> = {
  buildpack: buildpackLayersLabel,
  extension: extensionLayersLabel,
};
