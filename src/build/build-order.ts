import type { ProgressForm, StepLimits } from "../engines/build-request.ts";
import type { EngineName } from "../engines/engine.ts";
import type { BuildOutput } from "../engines/outputs/build-output.ts";
import type { Platform } from "../image/platform.ts";
import type { RegistryOptions } from "../registry/options.ts";
import type { CachePlace } from "./caches/cache-place.ts";
import type { LocalCaches } from "./caches/local-cache.ts";
import type { HandedTexts } from "./handed/handed-files.ts";
import type { ResultFiles } from "./outputs/result-files.ts";
import type { SourceName } from "./source/open-source.ts";
import type { Revision } from "./source/source.ts";

/** What is to be built, of what, by whom and where to: everything that is known before the source is here. Plain data. */
export interface BuildOrder {
  readonly source: SourceOrder;
  readonly image: ImageOrder;
  readonly outputs: OutputOrder;
  readonly caches: CacheOrder;
  readonly handed: HandedOrder;
  readonly engine: EngineOrder;
  readonly run: RunOrder;
  readonly shown: ShownOrder;
  /** How registries and other servers are reached. */
  readonly registries: RegistryOptions;
  /** Of the programs that are started; secrets can be in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface SourceOrder {
  /** Directory, archive, URL or `-`; absent: the name says it, else it is the working directory. */
  readonly argument?: string;
  readonly name: SourceName;
  /** Whether somebody sits at a terminal and can be asked for a password. */
  readonly hasTerminal: boolean;
  /** Directory above the project that its links may lead to; absent: none. */
  readonly root?: string;
  /** What is known of it better than its repository knows; absent: what that says counts. */
  readonly revision?: Partial<Revision>;
}

export interface ImageOrder {
  /** Empty: the engine's own. */
  readonly platforms: readonly Platform[];
  /** Names with a registry: `docker.io/library/app:latest`. Empty: it is named for the source. */
  readonly tags: readonly string[];
  /** The same as they were written. */
  readonly shownTags: readonly string[];
  /** `NAME=VALUE`. */
  readonly labels: readonly string[];
  /** `[TYPE:]NAME=VALUE`. */
  readonly annotations: readonly string[];
  /** Whether the commit and the repository go into a label. */
  readonly hasGitMetadata: boolean;
  /** Stage to build; absent: the image. */
  readonly target?: string;
  /** By kind, `sbom` and `provenance`: attributes as `mode=max`; `false`: none. */
  readonly attestations: Readonly<Record<string, string>>;
  readonly frontend: FrontendOrder;
}

/** The helper image, which builds projects. */
export interface FrontendOrder {
  readonly reference: string;
  /** Whether the user names one, which is in a registry; else this package has it, or what it is built from. */
  readonly isNamed: boolean;
  /** Node image that it is built from, if it is built; absent: the stock one. */
  readonly nodeImage?: string;
}

export interface OutputOrder {
  /** Empty: where the engine can keep it. */
  readonly outputs: readonly BuildOutput[];
  readonly push: boolean;
  readonly load: boolean;
  /** Directory for files about the image; absent: none are wanted. */
  readonly artifacts?: string;
  readonly files: ResultFiles;
  /** Directories that may hold a project's files by another name, so that nothing is written through links in them. */
  readonly guarded: readonly string[];
  /** Patterns of files that the build writes, and that are no part of the source by whatever name they lie in it. */
  readonly patterns: readonly string[];
  readonly epoch: EpochOrder;
  /** Whether an archive's own list says of which state of a repository it is, too. */
  readonly describesArchive: boolean;
}

/** The time that files are set back to where an output wants that, as clients of BuildKit read it. */
export interface EpochOrder {
  /** Seconds; absent: none is set. */
  readonly text?: string;
  /** The flag or variable by which the user asks for it. */
  readonly saidBy: "--output" | "SOURCE_DATE_EPOCH";
}

interface CacheOrder {
  /** Buildpack caches to import before the build and to export after it. */
  readonly buildpacks: { readonly from?: CachePlace; readonly to?: CachePlace };
  /** Directories for BuildKit's cache where nothing else is said. */
  readonly local: LocalCaches;
}

/** What BuildKit's client gets from this machine. */
interface HandedOrder extends HandedTexts {
  /** Whether a secret that nothing of the build can use is a mistake. */
  readonly refusesUnused: boolean;
  /** Whether finished steps stay finished when the value of a secret changes. */
  readonly ignoresChangedSecrets: boolean;
}

export interface EngineOrder {
  readonly choice: "auto" | EngineName;
  /** An instance of buildx; absent: its current one. */
  readonly buildx?: NamedPlace;
  /** Address of a BuildKit; absent: its usual one. */
  readonly buildkit?: NamedPlace;
  /** Directory with ca.pem, cert.pem and key.pem for it. */
  readonly tlsDirectory?: string;
  readonly tlsServerName?: string;
  /** Where a BuildKit of our own keeps what it has made; absent: the usual place. */
  readonly stateDirectory?: string;
  /** Flags that say how registries are reached, which only a BuildKit of our own follows. */
  readonly registryFlags: readonly string[];
  /** Flags that only one engine follows. */
  readonly engineFlags: readonly { readonly flag: string; readonly engine: EngineName }[];
}

export interface NamedPlace {
  readonly value: string;
  /** The flag or variable that names it. */
  readonly saidBy: string;
  /** Whether a flag does, which leaves no choice. */
  readonly isFlag: boolean;
}

/** How the steps run. */
interface RunOrder {
  readonly noCache: boolean;
  /** Stages. */
  readonly noCacheFilter: readonly string[];
  readonly pull: boolean;
  readonly limits: StepLimits;
  readonly policy: PolicyFiles;
}

/** Files with rules for what a build may download; absent: there is none. */
export interface PolicyFiles {
  /** BuildKit's own form. */
  readonly sourcePolicy?: string;
  /** A list of `--downloads`. */
  readonly allowedDownloads?: string;
}

interface ShownOrder {
  readonly progress: ProgressForm;
  /** Whether commands are printed in place of being run. */
  readonly isDryRun: boolean;
  /** Whether the result says what the build's steps did. */
  readonly tellsSteps: boolean;
}
