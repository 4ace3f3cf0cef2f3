/** What every format can say of a component. */
export interface Component {
  /** In CycloneDX's words: `library`, `application`, `file`. */
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly cpes: readonly string[];
  readonly licences: readonly Licence[];
  readonly hashes: readonly Hash[];
}

/** An SPDX expression, or a name that is none. */
export type Licence =
  | { readonly kind: "expression"; readonly text: string }
  | { readonly kind: "name"; readonly text: string };

export interface Hash {
  /** In CycloneDX's words: `SHA-256`. */
  readonly algorithm: string;
  /** Hex. */
  readonly value: string;
}
