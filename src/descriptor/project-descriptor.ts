/** What a project.toml says, whatever its schema version. */
export interface ProjectDescriptor {
  /** The file, seen from the project's directory; for messages. */
  readonly file: string;
  /** The file itself: buildpacks read tables of their own in it. */
  readonly text: string;
  /** The project's own identifier (`_.id`, 0.1: `project.id`). */
  readonly id?: string;
  readonly builder?: BuilderName;
  /** Absent: no such list. Present, even empty: the other one cannot be. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Buildpacks to use instead of the builder's order; empty: the builder's order. */
  readonly group: readonly BuildpackEntry[];
  /** Buildpacks put before and after each group of the builder's order. */
  readonly pre: readonly BuildpackEntry[];
  readonly post: readonly BuildpackEntry[];
  /** Build-time variables; each name once, the last value given. */
  readonly buildEnv: readonly EnvVariable[];
}

export interface BuilderName {
  readonly reference: string;
  readonly keyPath: string;
}

/** Value: exact to the byte; it may hold newlines and end without one. */
export interface EnvVariable {
  readonly name: string;
  readonly value: string;
}

/** One entry of `group`, `pre.group` or `post.group`. */
export type BuildpackEntry = NamedBuildpack | UriBuildpack | InlineBuildpack;

interface EntryPlace {
  /** Where it stands: `io.buildpacks.group[1]`. */
  readonly keyPath: string;
}

/** A buildpack of the builder. */
export interface NamedBuildpack extends EntryPlace {
  readonly kind: "named";
  readonly id: string;
  /** Absent: the builder has to hold exactly one version. */
  readonly version?: string;
}

/** A buildpack named by a uri: `from=builder`, `urn:cnb:builder:…`, a path, an image. */
export interface UriBuildpack extends EntryPlace {
  readonly kind: "uri";
  readonly uri: string;
}

/** A script in project.toml that acts as a buildpack. */
export interface InlineBuildpack extends EntryPlace {
  readonly kind: "inline";
  readonly id: string;
  readonly version: string;
  /** Buildpack API the script follows. */
  readonly api: string;
  readonly shell: string;
  readonly script: string;
}
