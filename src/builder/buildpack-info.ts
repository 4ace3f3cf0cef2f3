/** Groups in the order in which detection tries them. Source: CNB platform spec, "order.toml". */
export type Order = readonly OrderGroup[];
export type OrderGroup = readonly OrderEntry[];
export interface OrderEntry {
  readonly id: string;
  /** Absent: the only version there is. */
  readonly version?: string;
  readonly optional: boolean;
}

/** One version of a buildpack, as labels and buildpack.toml tell of it. */
export interface BuildpackInfo {
  readonly id: string;
  readonly version: string;
  /** Buildpack API; absent: old labels do not say. */
  readonly api?: string;
  /** What it runs on; empty: it does not say, so on everything. */
  readonly targets: readonly BuildpackTarget[];
  /** Of a composite: the groups that stand for it; empty: it is none. */
  readonly order: Order;
  /** diffID of the layer that holds it; two with the same one are the same. Absent: nobody says. */
  readonly layerDigest?: string;
}

/** Source: CNB buildpack spec, "buildpack.toml", `targets`. */
export interface BuildpackTarget {
  /** Absent or empty parts match everything. */
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Distributions of run images that it is for; absent or empty: every one. */
  readonly distributions?: readonly { readonly name?: string; readonly version?: string }[];
}

/** Buildpacks by id, each with its versions. */
export type Buildpacks = ReadonlyMap<string, readonly BuildpackInfo[]>;

/** What a buildpackage holds: the buildpack it is named for, and all that came with it. */
export interface BuildpackageMetadata {
  readonly main: { readonly id: string; readonly version: string };
  readonly buildpacks: Buildpacks;
}
