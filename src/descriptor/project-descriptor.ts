import type { SourceLocation } from "../diagnostics/diagnostic.ts";
import type { KeyedOptions } from "../options/compiled-options.ts";

/** What a project.toml says, whatever its schema version; what our own table says by the names of the options. */
export interface ProjectDescriptor extends KeyedOptions {
  /** The file, seen from the project's directory; for messages. */
  readonly file: string;
  /** The file itself: buildpacks read tables of their own in it. */
  readonly text: string;
  /** The project's own identifier (`_.id`, 0.1: `project.id`). */
  readonly id?: string;
  /** Table that has the build's settings in the file's schema. Absent: the file is another tool's. */
  readonly settings?: "build" | "io.buildpacks";
  readonly builder?: BuilderName;
  /** Absent: no such list. Present, even empty: the other one cannot be. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Buildpacks to use instead of the builder's order; empty: the builder's order. */
  readonly group: readonly BuildpackEntry[];
  /** Buildpacks put before and after each group of the builder's order. */
  readonly pre: readonly BuildpackEntry[];
  readonly post: readonly BuildpackEntry[];
  /** Build-time variables in the file's order; of two that take part and have one name the later counts. */
  readonly buildEnv: readonly DescriptorVariable[];
}

interface BuilderName {
  readonly reference: string;
  readonly keyPath: string;
}

/** Value: exact to the byte; it may hold newlines and end without one. */
export interface EnvVariable {
  readonly name: string;
  readonly value: string;
}

/** What takes part only in some execution environments. Source: pack's schema 0.3, `exec-env`. */
interface ExecEnvBound {
  /** Absent, or empty: in all of them. `*` means all, too. */
  readonly execEnv?: readonly string[];
}

export interface DescriptorVariable extends EnvVariable, ExecEnvBound {
  readonly location: SourceLocation;
}

/** One entry of `group`, `pre.group` or `post.group`, or of a flag that takes their place. */
export type BuildpackEntry = NamedBuildpack | UriBuildpack | InlineBuildpack;

interface EntryBasis extends ExecEnvBound {
  /** Where it stands: key `io.buildpacks.group[1]` of the descriptor, or a flag. */
  readonly location: SourceLocation;
}

/** A buildpack of the builder, or of the buildpack registry. */
interface NamedBuildpack extends EntryBasis {
  readonly kind: "named";
  readonly id: string;
  /** Absent: the builder has to hold exactly one version. */
  readonly version?: string;
}

/** A buildpack named by a uri: `from=builder`, `urn:cnb:builder:…`, a path, an address, an image. */
export interface UriBuildpack extends EntryBasis {
  readonly kind: "uri";
  readonly uri: string;
  /** Whether whoever builds named it, and its paths start from the project's directory. Absent: the descriptor did. */
  readonly isOption?: true;
}

/** A script in project.toml that acts as a buildpack. */
export interface InlineBuildpack extends EntryBasis {
  readonly kind: "inline";
  readonly id: string;
  readonly version: string;
  /** Buildpack API the script follows. */
  readonly api: string;
  readonly shell: string;
  readonly script: string;
}
