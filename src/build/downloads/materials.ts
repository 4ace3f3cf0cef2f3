import * as v from "valibot";
import type { BuildRequest } from "../../engines/build-request.ts";
import { call } from "../../engines/call.ts";
import type { Engine } from "../../engines/engine.ts";
import { readOrExplain } from "../../files/text-file.ts";
import { record } from "../../image/record.ts";
import { present } from "../../present.ts";
import { parseJson } from "./parse-json.ts";

/** What the provenance of a build has of a download. */
export interface Material {
  readonly url: string;
  /** `sha256:…`; absent: none was recorded. */
  readonly digest?: string;
  /** `linux/arm64`; absent: the build has one. */
  readonly platform?: string;
}

const attestationsSchema = v.nullish(
  v.array(v.object({ digest: v.string(), annotations: v.optional(record(v.string(), v.string()), {}) })),
  [],
);
/** BuildKit's `BuildHistoryRecord`: the result of a build for one platform, or those of several by their names. */
const recordSchema = v.object({
  Result: v.nullish(v.object({ Attestations: attestationsSchema })),
  Results: v.nullish(record(v.string(), v.object({ Attestations: attestationsSchema })), {}),
});

/** SLSA provenance 1.0 as BuildKit's history has it, a predicate without its statement: what is about downloads, and BuildKit's part of it. */
const provenanceSchema = v.object({
  buildDefinition: v.object({
    resolvedDependencies: v.nullish(
      v.array(
        v.object({ uri: v.optional(v.string(), ""), digest: v.optional(record(v.string(), v.string()), {}) }),
      ),
      [],
    ),
  }),
  runDetails: v.optional(
    v.object({
      metadata: v.optional(
        v.object({ buildkit_metadata: v.optional(v.object({ network: v.nullish(networkSchema()) })) }),
      ),
    }),
  ),
});

function networkSchema() {
  const incomplete = v.nullish(v.array(v.object({ uri: v.optional(v.string(), "") })), []);
  return v.object({ proxy: v.nullish(v.object({ incomplete })) });
}

/**
 * The downloads that BuildKit has in the provenance of a build that has ended, whatever became of its result: BuildKit's history keeps
 * it. Empty: there is none, as of a failed build, or the engine cannot be asked.
 */
export async function readMaterials(
  engine: Engine,
  { referenceFile }: BuildRequest,
): Promise<readonly Material[]> {
  if (referenceFile === undefined || engine.records === undefined) return [];
  const reference = (readOrExplain(referenceFile) ?? "").trim();
  if (!/^[a-z0-9]+$/.test(reference)) return [];
  const { stdout, isSuccess } = await call(engine.records.find(reference), 60_000);
  const found = isSuccess ? parseJson(recordSchema, stdout) : undefined;
  if (found === undefined) return [];
  const results = [
    { platform: undefined, attestations: found.Result?.Attestations },
    ...Object.entries(found.Results ?? {}).map(([platform, { Attestations }]) => ({
      platform,
      attestations: Attestations,
    })),
  ];
  const { records } = engine;
  const materials = await Promise.all(
    results.map(async ({ platform, attestations }) => {
      const provenance = (attestations ?? []).find(({ annotations }) =>
        annotations["in-toto.io/predicate-type"]?.startsWith("https://slsa.dev/provenance/v1"),
      );
      if (provenance === undefined) return [];
      const blob = await call(records.blob(provenance.digest), 60_000);
      return blob.isSuccess ? materialsIn(blob.stdout, platform) : [];
    }),
  );
  return materials.flat();
}

/** In: provenance; the platform that it is about, absent: the only one. */
export function materialsIn(text: string, platform?: string): Material[] {
  const provenance = parseJson(provenanceSchema, text);
  if (provenance === undefined) return [];
  const { buildDefinition, runDetails } = provenance;
  // The digest of a git repository is a commit.
  const whole = (buildDefinition.resolvedDependencies ?? []).flatMap(({ uri, digest: { sha256 } }) =>
    sha256 === undefined ? [] : [{ url: uri, digest: `sha256:${sha256}` }],
  );
  const { incomplete } = runDetails?.metadata?.buildkit_metadata?.network?.proxy ?? {};
  const others = (incomplete ?? []).map(({ uri }) => ({ url: uri }));
  // Images are package URLs.
  return [...whole, ...others]
    .filter(({ url }) => /^https?:\/\//.test(url))
    .map((one) => ({ ...one, ...present({ platform }) }));
}
