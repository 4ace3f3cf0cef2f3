import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ImageLayers, imageLayersKey } from "../../src/contract/layer-measure.ts";
import { formatPlatform } from "../../src/image/platform.ts";
import type { Ref, Result, ResultSchema } from "../generated/gateway_pb.js";
import type { AssembledImage } from "./assemble.ts";

export type ResultInit = MessageInitShape<typeof ResultSchema>;

/** An image that stands upon no other has no base. */
export type FinishedImage = Pick<AssembledImage, "platform" | "ref" | "config"> &
  Partial<Pick<AssembledImage, "baseConfig" | "layers">>;

/** Keys of a result's metadata. Source: BuildKit, `exporter/containerimage/exptypes`. */
const configKey = "containerimage.config";
const baseConfigKey = "containerimage.base.config";
const platformsKey = "refs.platforms";

/**
 * Finished images as BuildKit's exporters want them. As an index: a Ref for each platform and keys that end in it; else
 * one Ref, which is all that some exporters take. The base's config tells them which layers are not ours to rewrite.
 */
export function imageResult(images: readonly FinishedImage[], asIndex: boolean): ResultInit {
  const [first] = images;
  if (!asIndex && first !== undefined) {
    return {
      result: { case: "ref", value: first.ref },
      metadata: { ...configs(first, ""), ...toldLayers(images) },
    };
  }
  const named = images.map((image) => ({ ...image, id: formatPlatform(image.platform) }));
  const platforms = {
    Platforms: named.map(({ id, platform }) => ({ ID: id, Platform: platform })),
  };
  return {
    result: { case: "refs", value: { refs: Object.fromEntries(named.map(({ id, ref }) => [id, ref])) } },
    metadata: {
      ...Object.assign({}, ...named.map((image) => configs(image, `/${image.id}`))),
      [platformsKey]: Buffer.from(JSON.stringify(platforms)),
      ...toldLayers(images),
    },
  };
}

/** For the client, which hears nothing else of sizes. */
function toldLayers(images: readonly FinishedImage[]): Record<string, Uint8Array> {
  const layers: ImageLayers = Object.fromEntries(
    images.flatMap(({ platform, layers: own }) =>
      own === undefined ? [] : [[formatPlatform(platform), own] as const],
    ),
  );
  if (Object.keys(layers).length === 0) return {};
  return { [imageLayersKey]: Buffer.from(JSON.stringify(layers)) };
}

function configs({ config, baseConfig }: FinishedImage, suffix: string): Record<string, Uint8Array> {
  return {
    [`${configKey}${suffix}`]: config,
    ...(baseConfig === undefined ? {} : { [`${baseConfigKey}${suffix}`]: baseConfig }),
  };
}

/** The one image that BuildKit's Dockerfile frontend answers with. In: what was asked for, should it be none. */
export function singleImage(
  { result, metadata }: Result,
  what: string,
): { readonly ref: Ref; readonly config: Uint8Array } {
  const { [configKey]: config } = metadata;
  if (result.case !== "ref" || config === undefined) {
    throw new Error(`BuildKit answered ${what} with ${result.case ?? "nothing"}`);
  }
  return { ref: result.value, config };
}

/** Results of several builds, each an index of other platforms, as one. In: at least one. */
export function joinResults(results: readonly Result[]): Result {
  const [first, ...others] = results;
  if (first === undefined) throw new Error("there is no result to return");
  return others.reduce(joinTwo, first);
}

function joinTwo(one: Result, other: Result): Result {
  if (one.result.case !== "refs" || other.result.case !== "refs") {
    throw new Error("results of several platforms are no indexes");
  }
  const platforms = [...platformsOf(one), ...platformsOf(other)];
  return {
    ...one,
    result: {
      case: "refs",
      value: { ...one.result.value, refs: { ...one.result.value.refs, ...other.result.value.refs } },
    },
    metadata: {
      ...{ ...one.metadata, ...other.metadata },
      [platformsKey]: Buffer.from(JSON.stringify({ Platforms: platforms })),
    },
  };
}

function platformsOf({ metadata }: Result): readonly unknown[] {
  const { [platformsKey]: listed } = metadata;
  return listed === undefined ? [] : JSON.parse(Buffer.from(listed).toString()).Platforms;
}
