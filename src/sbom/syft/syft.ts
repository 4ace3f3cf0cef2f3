import * as v from "valibot";

/** A licence: a text in Syft's older schemas. */
const licenceSchema = v.union([
  v.string(),
  v.looseObject({ value: v.string(), spdxExpression: v.exactOptional(v.string()) }),
]);

/** A CPE: a text in Syft's older schemas. */
const cpeSchema = v.union([v.string(), v.looseObject({ cpe: v.string() })]);

const artifactSchema = v.looseObject({
  id: v.exactOptional(v.string()),
  name: v.string(),
  version: v.exactOptional(v.string()),
  purl: v.exactOptional(v.string()),
  cpes: v.exactOptional(v.nullable(v.array(cpeSchema))),
  licenses: v.exactOptional(v.nullable(v.array(licenceSchema))),
});

const relationshipSchema = v.looseObject({ parent: v.string(), child: v.string(), type: v.string() });

/** What of Syft's own format we look at; the rest stays as it is. Source: Syft, schema/json. */
export const syftSchema = v.looseObject({
  artifacts: v.array(artifactSchema),
  artifactRelationships: v.exactOptional(v.nullable(v.array(relationshipSchema))),
  files: v.exactOptional(v.nullable(v.array(v.looseObject({ id: v.string() })))),
  source: v.exactOptional(v.nullable(v.looseObject({ id: v.exactOptional(v.string()) }))),
  distro: v.exactOptional(v.nullable(v.looseObject({}))),
  schema: v.looseObject({
    version: v.pipe(v.string(), v.regex(/^\d+(\.\d+)*$/)),
    url: v.exactOptional(v.string()),
  }),
});

export type SyftDocument = v.InferOutput<typeof syftSchema>;
export type SyftArtifact = v.InferOutput<typeof artifactSchema>;
export type SyftRelationship = v.InferOutput<typeof relationshipSchema>;
