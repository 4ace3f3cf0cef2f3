import * as v from "valibot";
import { record } from "../image/record.ts";

/** What is known of a layer once its files are there. */
export interface LayerMeasure {
  /** diffID: `sha256:…`. */
  readonly digest: string;
  /** Uncompressed. */
  readonly sizeBytes: number;
}

/** A layer's measure as the program in the build leaves it for the frontend. */
export function formatLayerMeasure({ digest, sizeBytes }: LayerMeasure): string {
  return `${digest} ${sizeBytes}`;
}

/** Reads it. Throws where it is none, which is a mistake of ours. */
export function parseLayerMeasure(text: string): LayerMeasure {
  const [, digest, size] = /^(sha256:[0-9a-f]{64}) (\d+)$/.exec(text) ?? [];
  if (digest === undefined || size === undefined) throw new Error(`"${text}" is no measure of a layer`);
  return { digest, sizeBytes: Number(size) };
}

/** Where the frontend tells BuildKit's client of the image's layers: BuildKit hands on keys that begin with `frontend.`. */
export const imageLayersKey = "frontend.cnb-dockerfile.layers";

/** Layers of the app by platform, without those of the run image. */
const imageLayersSchema = record(
  v.string(),
  v.array(v.object({ title: v.string(), sizeBytes: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
);
export type ImageLayers = v.InferOutput<typeof imageLayersSchema>;

/** The title of the step that makes a layer. In: `linux/arm64`; what the image's history says of it. */
export function layerTitle(platform: string, history: string): string {
  return `[${platform}] layer: ${history}`;
}

/** Undefined: it is nothing of the kind. */
export function parseImageLayers(text: string): ImageLayers | undefined {
  try {
    const read = v.safeParse(imageLayersSchema, JSON.parse(text));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}
