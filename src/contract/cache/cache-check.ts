import * as v from "valibot";
import { digestSchema } from "../../image/digest.ts";
import { record } from "../../image/record.ts";

/** File beside the image's description that says how the build's layers stand to the cache. */
export const cacheCheckName = "cache.json";

/** What the step that makes the image says to the frontend, and to the step that writes the cache. */
export const cacheCheckSchema = v.strictObject({
  /** Whether the cache is already what this build would write. */
  isCurrent: v.boolean(),
  /**
   * Layers that are as the restorer left them, by absolute path, a character for each byte: the digest of the tar that they come from.
   */
  unchanged: record(v.string(), digestSchema),
});

export type CacheCheck = v.InferOutput<typeof cacheCheckSchema>;

export function formatCacheCheck(check: CacheCheck): string {
  return `${JSON.stringify(check)}\n`;
}

/** Reads it. Throws ValiError or SyntaxError: the file is ours, so a fault in it is our bug. */
export function parseCacheCheck(json: string): CacheCheck {
  return v.parse(cacheCheckSchema, JSON.parse(json));
}
