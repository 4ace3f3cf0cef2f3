import * as v from "valibot";

const licenceSchema = v.looseObject({
  expression: v.exactOptional(v.string()),
  license: v.exactOptional(
    v.looseObject({ id: v.exactOptional(v.string()), name: v.exactOptional(v.string()) }),
  ),
});

const componentFields = {
  type: v.string(),
  name: v.string(),
  group: v.exactOptional(v.string()),
  version: v.exactOptional(v.string()),
  "bom-ref": v.exactOptional(v.string()),
  purl: v.exactOptional(v.string()),
  cpe: v.exactOptional(v.string()),
  licenses: v.exactOptional(v.array(licenceSchema)),
  hashes: v.exactOptional(v.array(v.looseObject({ alg: v.string(), content: v.string() }))),
  properties: v.exactOptional(
    v.array(v.looseObject({ name: v.exactOptional(v.string()), value: v.exactOptional(v.string()) })),
  ),
};

/** A component, and those that it is made of. */
export interface CyclonedxComponent
  extends v.InferOutput<v.LooseObjectSchema<typeof componentFields, undefined>> {
  readonly components?: CyclonedxComponent[];
}

const componentSchema: v.GenericSchema<CyclonedxComponent> = v.looseObject({
  ...componentFields,
  components: v.exactOptional(v.array(v.lazy(() => componentSchema))),
});

const dependencySchema = v.looseObject({
  ref: v.string(),
  dependsOn: v.exactOptional(v.array(v.string())),
  provides: v.exactOptional(v.array(v.string())),
});

const toolSchema = v.looseObject({
  vendor: v.exactOptional(v.string()),
  name: v.exactOptional(v.string()),
  version: v.exactOptional(v.string()),
});

const list = v.exactOptional(v.array(v.looseObject({})));

/** What of a BOM we look at; the rest stays as it is. Source: CycloneDX, bom-1.2 to bom-1.7.schema.json. */
export const cyclonedxSchema = v.looseObject({
  bomFormat: v.literal("CycloneDX"),
  specVersion: v.pipe(
    v.string(),
    v.regex(/^1\.[2-7]$/, (issue) => `CycloneDX 1.2 to 1.7 is wanted, not ${issue.received}`),
  ),
  serialNumber: v.exactOptional(v.string()),
  metadata: v.exactOptional(
    v.looseObject({
      timestamp: v.exactOptional(v.string()),
      component: v.exactOptional(componentSchema),
      /** A list until 1.4, then also components and services. */
      tools: v.exactOptional(
        v.union([v.array(toolSchema), v.looseObject({ components: v.exactOptional(v.array(toolSchema)) })]),
      ),
    }),
  ),
  components: v.exactOptional(v.array(componentSchema)),
  services: list,
  dependencies: v.exactOptional(v.array(dependencySchema)),
  compositions: list,
  vulnerabilities: list,
  annotations: list,
  formulation: list,
  externalReferences: list,
  properties: list,
});

export type CyclonedxDocument = v.InferOutput<typeof cyclonedxSchema>;
export type CyclonedxDependency = v.InferOutput<typeof dependencySchema>;
export type CyclonedxTool = v.InferOutput<typeof toolSchema>;
export type CyclonedxLicence = v.InferOutput<typeof licenceSchema>;
