import * as v from "valibot";
import { isDigest } from "../../image/digest.ts";
import { entries } from "../../image/entries.ts";

const oldLayerSchema = v.object({ sha: v.string(), launch: v.optional(v.unknown()) });

/** A layer of the old cache. */
export type OldLayer = v.InferOutput<typeof oldLayerSchema>;

/** What of the old metadata matters: the layers. Whatever else there is, the restorer needed it, not we. */
const oldMetadataSchema = v.object({
  sbom: v.optional(v.object({ sha: v.optional(v.string(), "") })),
  buildpacks: v.optional(
    v.nullable(v.array(v.object({ key: v.string(), layers: entries(v.string(), oldLayerSchema) }))),
  ),
});

export type OldMetadata = v.InferOutput<typeof oldMetadataSchema>;

/** In: text that describes a cache. Empty where it is unreadable, as the lifecycle takes it. */
export function parseOldMetadata(text: string): OldMetadata {
  try {
    return v.parse(oldMetadataSchema, JSON.parse(text));
  } catch {
    return {};
  }
}

/** Digests of the tars that a cache consists of, each once. Undefined: the text describes no cache. */
export function namedTars(metadata: string): readonly string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(metadata);
  } catch {
    return undefined;
  }
  const { success, output } = v.safeParse(oldMetadataSchema, value);
  if (!success) return undefined;
  const layers = (output.buildpacks ?? []).flatMap(({ layers }) => [...layers.values()]);
  const shas = [...layers.map(({ sha }) => sha), ...[output.sbom?.sha ?? ""].filter((sha) => sha !== "")];
  return shas.every(isDigest) ? [...new Set(shas)] : undefined;
}
