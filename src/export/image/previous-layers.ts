import * as v from "valibot";
import { entries } from "../../image/entries.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { readTomlIfAny } from "../checked-file.ts";

/** Names of the launch layers that a previous image offers, by buildpack. */
export type PreviousLayers = ReadonlyMap<string, ReadonlySet<string>>;

/** What the restorer left of what the platform told it. Source: CNB platform spec, "analyzed.toml". */
const analyzedSchema = v.object({
  metadata: v.optional(
    v.object({
      buildpacks: v.optional(
        v.array(v.object({ key: v.string(), layers: v.optional(entries(v.string(), v.unknown()), {}) })),
        [],
      ),
    }),
    {},
  ),
});

/** Reads analyzed.toml; where there is none, no previous image was offered. */
export function readPreviousLayers(root: ByteString, layersDirectory: ByteString): PreviousLayers {
  const analyzed = readTomlIfAny(root, `${layersDirectory}/analyzed.toml`, analyzedSchema);
  const names = new Map<string, Set<string>>();
  // A buildpack can have two entries, of which the restorer reads the first.
  for (const { key, layers } of analyzed?.metadata.buildpacks ?? []) {
    names.set(key, new Set([...(names.get(key) ?? []), ...layers.keys()]));
  }
  return names;
}
