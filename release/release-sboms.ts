import * as v from "valibot";

/** A program that an artifact holds beside our own package. */
export interface BesideOurs {
  readonly name: string;
  readonly version: string;
  /** Type of its package URL: `generic`, `golang`. */
  readonly purlType: string;
}

const billSchema = v.looseObject({
  metadata: v.looseObject({ component: v.looseObject({ "bom-ref": v.string() }) }),
  components: v.array(v.looseObject({})),
  dependencies: v.array(v.looseObject({ ref: v.string(), dependsOn: v.optional(v.array(v.string())) })),
});

/** A CycloneDX document of an artifact: our package's, and the programs beside it. The same input gives the same text. */
export function billWith(own: string, beside: readonly BesideOurs[]): string {
  const bill = v.parse(billSchema, JSON.parse(own));
  const added = beside.map(({ name, version, purlType }) => {
    const purl = `pkg:${purlType}/${name}@${version}`;
    return { type: "application", name, version, "bom-ref": purl, purl };
  });
  const ours = bill.metadata.component["bom-ref"];
  const refs = added.map((component) => component["bom-ref"]);
  const document = {
    ...bill,
    components: [...bill.components, ...added],
    dependencies: [
      ...bill.dependencies.map((dependency) =>
        dependency.ref === ours
          ? { ...dependency, dependsOn: [...(dependency.dependsOn ?? []), ...refs] }
          : dependency,
      ),
      ...refs.map((ref) => ({ ref })),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
