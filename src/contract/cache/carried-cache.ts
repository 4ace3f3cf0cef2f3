import * as v from "valibot";
import { digestSchema } from "../../image/digest.ts";
import { record } from "../../image/record.ts";

/** A cache on its way from machine to machine: this file beside the tars that it names. */
const carriedCacheSchema = v.strictObject({
  version: v.literal(1),
  /** Id of the cache mount, of one app and one platform: nobody else gets the layers. */
  mount: v.string(),
  /** Text that describes the cache, as the lifecycle has it; empty: the mount was empty. */
  metadata: v.string(),
  /** Text that describes what else is remembered; absent: nothing is, as in caches of releases before 0.2. */
  memory: v.optional(v.string()),
  /** Of each tar, by its digest. */
  sizesBytes: record(digestSchema, v.number()),
});

type CarriedCache = v.InferOutput<typeof carriedCacheSchema>;

/** Where a carried cache has its parts, seen from its root. */
export const carriedFile = "/cache.json";
export const carriedTars = "/tars";
export const carriedTar = (sha: string): string => `${carriedTars}/${sha}.tar`;

/** What `cache-look` writes where a mount has a cache; else the file is empty. */
export const cacheThere = "cached";

/** Undefined: the text is something else. */
export function parseCarriedCache(json: string): CarriedCache | undefined {
  try {
    const { success, output } = v.safeParse(carriedCacheSchema, JSON.parse(json));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}

export function formatCarriedCache(cache: CarriedCache): string {
  return `${JSON.stringify(cache)}\n`;
}
