import * as v from "valibot";
import { digestSchema } from "../../image/digest.ts";
import { record } from "../../image/record.ts";

/** Sizes of tars in bytes, by their digests. */
export const tarSizesSchema = record(digestSchema, v.number());

/** What one step says that the cache would consist of, and another compares it with. */
export const cacheListSchema = v.strictObject({
  /** Text of the file that describes the cache. */
  metadata: v.string(),
  /** Text of the file that describes the memory; empty: there is none. */
  memory: v.string(),
  /** Of each tar that the cache holds. */
  sizesBytes: tarSizesSchema,
});

/** All that a cache of the same layers consists of, without the layers. */
export type CacheList = v.InferOutput<typeof cacheListSchema>;

export function formatCacheList(list: CacheList): string {
  return `${JSON.stringify(list)}\n`;
}
