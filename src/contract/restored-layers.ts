import * as v from "valibot";
import { digestSchema } from "../image/digest.ts";
import { record } from "../image/record.ts";
import type { LayerMeasure } from "./layer-measure.ts";

/** Where the stage `restore` has it, in the directory of layers; buildpacks have directories there, whose names begin otherwise. */
export const restoredLayersFile = "/.cnb-dockerfile-restored.json";

const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const schema = record(
  v.string(),
  v.strictObject({
    /** Of the tar in the cache that it comes from. */
    sha: digestSchema,
    /** What BuildKit will find of it as a layer, should it go into the image as it is; absent: nobody asked, or it is not known. */
    measure: v.optional(v.strictObject({ digest: digestSchema, sizeBytes: size })),
  }),
);

/** A layer as it was restored. */
export interface RestoredLayer {
  readonly sha: string;
  readonly measure?: LayerMeasure;
}

/** In: layers by absolute path, a character for each byte. */
export function formatRestoredLayers(layers: ReadonlyMap<string, RestoredLayer>): string {
  return `${JSON.stringify(Object.fromEntries(layers))}\n`;
}

/** Reads it. Throws where it is something else, which is a mistake of ours. */
export function parseRestoredLayers(json: string): ReadonlyMap<string, RestoredLayer> {
  return new Map(
    Object.entries(v.parse(schema, JSON.parse(json))).map(([path, { sha, measure }]) => {
      return [path, { sha, ...(measure === undefined ? {} : { measure }) }] as const;
    }),
  );
}
