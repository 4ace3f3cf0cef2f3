import type { GeneratedDockerfiles } from "../contract/generated-dockerfile.ts";
import type { EnvVariable } from "../descriptor/project-descriptor.ts";
import type { Platform } from "../image/platform.ts";
import type { HandedDirectory } from "../modules/gathered-modules.ts";
import type { CompiledOptions } from "../options/compiled-options.ts";

/** What the user asked for outside project.toml, by the table of options, and what the shell knows of the project. */
export interface CompileOptions extends CompiledOptions {
  /** Directories of buildpacks that are handed over; absent: where they lie is not known, if there are any. */
  readonly handedBuildpacks?: readonly HandedDirectory[];
  /** Absent: every platform that builder and run image both have. */
  readonly platforms?: readonly Platform[];
  /** Build-time variables; they override the descriptor's. */
  readonly buildEnv: readonly EnvVariable[];
  /** Where the descriptor lies below the project directory; absent: outside of it, or there is none. */
  readonly descriptorPath?: string;
  /** An id that no other app has, for one that nothing tells from others. */
  readonly fallbackCacheId: string;
  readonly tool: ToolChoice;
  /** Reference for the `# syntax=` line; absent: no such line. */
  readonly syntax?: string;
  /** Whether our frontend builds what is compiled, and applies image extensions; absent: where there is a `# syntax=` line. */
  readonly appliedByFrontend?: boolean;
  /** What image extensions made in a detection that was run before, for each platform; absent: none was. */
  readonly detected?: readonly DetectedExtensions[];
  /** The command line that makes the same file again, for the header. */
  readonly recorded: readonly string[];
  /** Our own version. */
  readonly version: string;
}

export interface DetectedExtensions {
  /** `linux/arm64`. */
  readonly platform: string;
  readonly generated: GeneratedDockerfiles;
}

/** Where a project lies in a git repository. */
export interface GitPlace {
  /** URL of its remote. */
  readonly remote: string;
  /** Path below the repository's root; empty: the root itself. */
  readonly subdirectory: string;
}

/**
 * What tells a project from another that calls itself the same, and that a project's files cannot choose. An absent one
 * means that nobody says; then, a project's own id counts alone.
 */
export type Origin =
  | { readonly kind: "git"; readonly remote: string }
  /** A text for its place, as that of a directory or of an archive. */
  | { readonly kind: "place"; readonly key: string }
  /** Whoever builds says that nothing is known. */
  | { readonly kind: "unknown" };

/** Where the export program comes from. */
export type ToolChoice =
  /** Our own image. */
  | { readonly kind: "image"; readonly reference: string }
  /** A stock Node image, with the program written into the Dockerfile. */
  | { readonly kind: "inline"; readonly reference: string; readonly program: string };
