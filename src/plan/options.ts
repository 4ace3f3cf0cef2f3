import type { DeclaredBinding, DeclaredSecret, EnvVariable } from "../descriptor/project-descriptor.ts";
import type { Platform } from "../image/platform.ts";
import type { HandedDirectory } from "../modules/gather.ts";
import type { SbomFormat } from "../sbom/sbom-format.ts";
import type { Threshold } from "../scan/severity.ts";
import type { DeclaredVolume } from "./volumes.ts";

/** What the user asked for outside project.toml, and what the shell knows of the project. */
export interface CompileOptions {
  /** Overrides the descriptor's builder. */
  readonly builder?: string;
  /** Overrides the builder's own run image. */
  readonly runImage?: string;
  /** Host of the registry whose mirror of the builder's own run image is to be used. */
  readonly runImageMirror?: string;
  /** Locators that take the place of the descriptor's lists; empty: the descriptor's count. */
  readonly buildpacks: readonly string[];
  readonly preBuildpacks: readonly string[];
  readonly postBuildpacks: readonly string[];
  /** Directories of such locators that are handed over; absent: where they lie is not known, if there are any. */
  readonly handedBuildpacks?: readonly HandedDirectory[];
  /** Leaves out what the builder's system.toml adds to every group. */
  readonly withoutSystemBuildpacks: boolean;
  /** Absent: every platform that builder and run image both have. */
  readonly platforms?: readonly Platform[];
  /** Build-time variables; they override the descriptor's. */
  readonly buildEnv: readonly EnvVariable[];
  /** Names of variables, and bindings, whose values are secrets; they come after the descriptor's. */
  readonly secrets: readonly DeclaredSecret[];
  readonly bindings: readonly DeclaredBinding[];
  /** Directories and caches at paths of their own; absent: none. */
  readonly volumes?: readonly DeclaredVolume[];
  /** Id of the ssh agent that the buildpacks may use, in place of the descriptor's; absent: the descriptor's. */
  readonly ssh?: DeclaredSecret;
  /** Whether detect and build get the CA bundle that whoever builds hands over as the secret `ca-cert`. */
  readonly caCertificate: boolean;
  /** Image of an earlier build, to keep layers of; absent: none. */
  readonly previousImage?: string;
  /** Execution environment; absent: production. */
  readonly execEnv?: string;
  /** Process that the image starts; absent: the image starts the launcher. */
  readonly processType?: string;
  /** Absent: the highest that the builder's lifecycle and we both know. */
  readonly platformApi?: string;
  /** Where the descriptor lies below the project directory; absent: outside of it, or there is none. */
  readonly descriptorPath?: string;
  readonly keepGitDirectory: boolean;
  /** Whether the source keeps its modes; absent: the descriptor's word, else not. */
  readonly keepModes?: boolean;
  /** Mode of the app's directory when the phases start, four octal digits; absent: the descriptor's, else 0777. */
  readonly workspaceMode?: string;
  /** Id of the app's cache; absent: derived from what tells the app from others. */
  readonly cacheId?: string;
  /** `OWN` or `OWN:BASE`, as `CacheScope` has it; absent: none. */
  readonly cacheScope?: string;
  /** An id that no other app has, for one that nothing tells from others. */
  readonly fallbackCacheId: string;
  /** Image that holds Syft, and Grype; absent: theirs. */
  readonly syftImage?: string;
  readonly grypeImage?: string;
  /** URL that lists Grype's database; absent: Grype's own. */
  readonly vulnerabilityDatabase?: string;
  /** How old the database may be where a finding can fail the build, as `120h`; absent: as Grype has it. */
  readonly maxDatabaseAge?: string;
  /** Grype's settings, a file below the project's directory; absent: `.grype.yaml`. */
  readonly scanConfig?: string;
  /** Absent: spdx. */
  readonly sbomFormat?: SbomFormat;
  /** Severity from which on a finding fails the build; absent: none does. */
  readonly failOn?: Threshold;
  readonly tool: ToolChoice;
  /** Reference for the `# syntax=` line; absent: no such line. */
  readonly syntax?: string;
  /** The command line that makes the same file again, for the header. */
  readonly recorded: readonly string[];
  /** Our own version. */
  readonly version: string;
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
