import * as v from "valibot";
import { record } from "../image/record.ts";
import { formatLayerMeasure, type LayerMeasure, parseLayerMeasure } from "./layer-measure.ts";

/** Where the stage `restore` has it, in the directory of layers; buildpacks have directories there, whose names begin otherwise. */
export const restoredMeasuresFile = "/.cnb-dockerfile-measures.json";

/** By the layer's absolute path, a character for each byte. */
type RestoredMeasures = ReadonlyMap<string, LayerMeasure>;

const schema = record(v.string(), v.string());

/** What BuildKit will find of restored layers, should they go into the image as they are. */
export function formatRestoredMeasures(measures: RestoredMeasures): string {
  const entries = Array.from(measures, ([path, measure]) => [path, formatLayerMeasure(measure)] as const);
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}

/** Reads it. Throws where it is something else, which is a mistake of ours. */
export function parseRestoredMeasures(json: string): RestoredMeasures {
  const texts = v.parse(schema, JSON.parse(json));
  return new Map(Object.entries(texts).map(([path, text]) => [path, parseLayerMeasure(text)] as const));
}
