/** An in-toto statement without subjects: who attaches it knows them. Source: BuildKit, docs/attestations/sbom-protocol. */
interface Statement {
  readonly _type: "https://in-toto.io/Statement/v0.1";
  readonly predicateType: string;
  readonly subject: readonly [];
  readonly predicate: object;
}

/** Predicate types of bills of materials, as verifiers look for them. */
export const predicateTypes = {
  spdx: "https://spdx.dev/Document",
  cyclonedx: "https://cyclonedx.org/bom",
} as const;

/** Wraps a document as BuildKit's scanners hand it over. */
export function statementOf(predicateType: string, predicate: object): Statement {
  return { _type: "https://in-toto.io/Statement/v0.1", predicateType, subject: [], predicate };
}
