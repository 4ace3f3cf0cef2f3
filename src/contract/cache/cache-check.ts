import * as v from "valibot";

/** File beside the image's description that says how the build's layers stand to the cache. */
export const cacheCheckName = "cache.json";

/** What the step that makes the image says to the frontend, and to the step that writes the cache. */
const cacheCheckSchema = v.strictObject({
  /** Whether the cache is already what this build would write. */
  isCurrent: v.boolean(),
  /** Absolute paths of layers that are as the restorer left them, a character for each byte. */
  unchanged: v.array(v.string()),
});

export type CacheCheck = v.InferOutput<typeof cacheCheckSchema>;

/** In: `unchanged` in any order. */
export function formatCacheCheck(check: {
  readonly isCurrent: boolean;
  readonly unchanged: readonly string[];
}): string {
  return `${JSON.stringify(check)}\n`;
}

/** Reads it. Throws ValiError or SyntaxError: the file is ours, so a fault in it is our bug. */
export function parseCacheCheck(json: string): CacheCheck {
  return v.parse(cacheCheckSchema, JSON.parse(json));
}
