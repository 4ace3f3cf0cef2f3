import type { Order } from "../builder/buildpack-info.ts";
import type { Target } from "../builder/run-image.ts";
import type { Owner } from "../contract/owner.ts";
import type { ModuleContent } from "../modules/gathered-modules.ts";
import type { BuildpackContext } from "../modules/module-source.ts";
import type { CacheScope } from "../options/values/cache-scope.ts";
import type { SbomFormat } from "../sbom/sbom-format.ts";
import type { Threshold } from "../scan/severity.ts";
import type { TomlTable, TomlValue } from "../toml/toml-table.ts";
import type { ToolChoice } from "./options.ts";
import type { VolumePlan } from "./platform/volume-plan.ts";

/** Every decision, for every platform; plain JSON, with nothing left to decide. */
export interface LifecyclePlan {
  /** Our own version, and the command line that makes the same file again. */
  readonly generator: { readonly version: string; readonly recorded: readonly string[] };
  /** Descriptor's file, seen from the project's directory; absent: there is none. */
  readonly descriptor?: string;
  /** Reference for the `# syntax=` line. */
  readonly syntax?: string;
  readonly tool: ToolChoice;
  /** `name:tag@sha256:…`. */
  readonly builder: string;
  readonly runImage: RunImagePlan;
  /** An earlier image of the app, `name:tag@sha256:…`. Absent: none is offered to the buildpacks of any platform. */
  readonly previousImage?: string;
  /** `NAME=oci-layout://PATH@DIGEST`: where images of FROM lines are that no registry has. Absent: there are none. */
  readonly buildContexts?: readonly string[];
  /** `NAME=DIRECTORY`: where buildpacks lie that are not in the project. Absent: there are none. */
  readonly buildpackContexts?: readonly string[];
  /** Absent: neither the builder nor whoever builds has image extensions. */
  readonly extensions?: ExtensionsPlan;
  /** What they made in an earlier detection. Absent: that is known after the build's own. */
  readonly frozen?: FrozenExtensions;
  /** Whether there is a stage that tells what detection found; absent: no. */
  readonly tellsDetection?: true;
  /** Variables of the builder image that would change how a program of ours starts on it. */
  readonly hiddenVariables: readonly string[];
  /** Build user and owner of the app; numeric. */
  readonly user: Owner;
  readonly lifecycleVersion: string;
  /** `0.15`. */
  readonly platformApi: string;
  /** Value of CNB_EXEC_ENV; absent below Platform API 0.15. */
  readonly execEnv?: string;
  /** From Platform API 0.14 the restorer asks a registry for a run image that its run.toml names, unless told not to. */
  readonly restorerChecksRunImage: boolean;
  readonly platforms: readonly PlatformPlan[];
  readonly workspace: WorkspacePlan;
  /** Order to use instead of the builder's; every entry has a version. */
  readonly order?: Order;
  /** Buildpacks and image extensions added to the builder. */
  readonly modules: readonly ModulePlan[];
  /** Mounted while detect and build run, and at no other time. */
  readonly secrets: readonly SecretMount[];
  /** Socket of an ssh agent, mounted while build runs; absent: none. */
  readonly ssh?: SecretMount;
  /** Absent: none. */
  readonly volumes?: readonly VolumePlan[];
  /** Files added to the builder, in the order in which they are written. */
  readonly files: readonly PlatformFile[];
  readonly cache: CachePlan;
  /** Process that the image starts; absent: the launcher itself. */
  readonly processType?: string;
  readonly supplyChain: SupplyChainPlan;
}

/** What the stages that look into a finished image are made by. */
export type InspectionPlan = Pick<LifecyclePlan, "supplyChain" | "secrets">;

/** What the stages that look into the finished image do. */
export interface SupplyChainPlan {
  /** Images that hold the tools. */
  readonly syft: string;
  readonly grype: string;
  /** URL that lists Grype's database. */
  readonly database: string;
  /** How old the database may be where a finding can fail the build, as `120h`. */
  readonly maxDatabaseAge: string;
  /** Grype configuration, a file below the project's directory; it need not exist. */
  readonly config: string;
  /** Which format `sbom.json` has. */
  readonly sbomFormat: SbomFormat;
  /** Severity from which on a finding fails the build; absent: none does. */
  readonly failOn?: Threshold;
}

interface RunImagePlan {
  /** `name:tag@sha256:…`. */
  readonly reference: string;
  /** Name without digest, as analyzed.toml has it. */
  readonly name: string;
  /** Whether the run image sets a PATH that ours has to go in front of. */
  readonly setsPath: boolean;
  /** The builder's entry for it, which a rebase is held against; absent: the builder names no run image. */
  readonly listed?: ListedRunImage;
}

/** Image extensions: the Dockerfiles that they make are known after detection. Source: CNB image extension spec. */
export interface ExtensionsPlan {
  /** Every entry has a version. */
  readonly order: Order;
  /** The builder's run images, for one that an extension chooses. */
  readonly runImages: readonly ListedRunImage[];
  /** Below Platform API 0.13 the detector takes part in them as in an experiment. */
  readonly areExperimental: boolean;
}

/** What image extensions made in a detection, as it stands in a file that BuildKit alone can build. */
export interface FrozenExtensions {
  /** A build whose detection makes something else fails. */
  readonly digest: string;
  /** What changes the builder image, in order. */
  readonly build: readonly FrozenDockerfile[];
  /** What changes the run image, in order. */
  readonly run: readonly FrozenDockerfile[];
  /** Absent: the run image is the planned one. */
  readonly runImage?: {
    /** `name:tag@sha256:…`. */
    readonly reference: string;
    readonly name: string;
    /** As that of `RunImagePlan`. */
    readonly setsPath: boolean;
    /** What buildpacks build for, by platform. */
    readonly targets: readonly Pick<PlatformPlan, "platform" | "target">[];
  };
}

export interface FrozenDockerfile {
  /** Among all of them; from 1. */
  readonly number: number;
  readonly id: string;
  readonly version: string;
  readonly kind: "build" | "run";
  /** As they stand in the file. */
  readonly instructions: readonly string[];
  /** Directory in `detect` that its files come from; absent: it takes none. */
  readonly context?: string;
}

/** A run image as the builder lists it. */
export interface ListedRunImage {
  readonly image: string;
  readonly mirrors: readonly string[];
}

/** What the image is made by beside what the buildpacks leave: all that the stage `app` says, and what may change below it. */
export type AppPlan = Pick<
  LifecyclePlan,
  "user" | "runImage" | "platformApi" | "execEnv" | "processType" | "extensions"
>;

export interface PlatformPlan {
  /** `linux/arm64`: BuildKit's TARGETPLATFORM. */
  readonly platform: string;
  readonly target: Target;
  /** What of the previous image the buildpacks are offered; absent: nothing. */
  readonly previous?: PreviousPlan;
}

/** Buildpacks by id; nothing that changes where two images hold the same. */
export interface PreviousPlan {
  readonly buildpacks: readonly {
    readonly id: string;
    /** Layers that they may keep without contents, by name. */
    readonly layers: readonly OfferedLayer[];
    /** The table [metadata] of its store.toml. */
    readonly store?: TomlTable;
  }[];
  /** Whether it holds bills of materials, which those layers have a part in. */
  readonly hasSbom: boolean;
}

/** A launch layer of an earlier image. */
export interface OfferedLayer {
  readonly name: string;
  /** What else it was for; its buildpack is then not told of it. Absent: nothing. */
  readonly also?: "build" | "cache";
  readonly metadata?: TomlValue;
}

/** A place that buildpacks are taken from. */
export type { BuildpackContext };

export interface ModulePlan {
  readonly content: ModuleContent;
  /** Whether it is an image extension. Absent: buildpacks. */
  readonly isExtension?: true;
  readonly buildpacks: readonly {
    readonly id: string;
    readonly version: string;
    /** The builder holds another one of the same name. */
    readonly replaces: boolean;
  }[];
}

/** A file that BuildKit fills with the secret of that id, which whoever builds hands over. */
export interface SecretMount {
  readonly id: string;
  readonly target: string;
  /** Absent: BuildKit's own, 0400. */
  readonly mode?: "0644";
  /** Of a CA bundle: where `build` has it together with the builder's own, and detect, without network, has it alone. */
  readonly joined?: string;
}

/** Which files of the project reach the buildpacks. */
export interface WorkspacePlan {
  readonly filter:
    | { readonly kind: "all" }
    | { readonly kind: "include" | "exclude"; readonly patterns: readonly string[] };
  /** Path of the descriptor below the project directory; it always reaches the workspace. */
  readonly descriptorPath?: string;
  /** Text of a descriptor that lies outside the project directory; it reaches the workspace as project.toml. */
  readonly descriptorText?: string;
  readonly keepGitDirectory: boolean;
  /** Whether files and directories have the modes that they have in the project. */
  readonly keepModes: boolean;
  /** Mode of the app's directory when the phases start, four octal digits. Absent: 0777, as pack has it. */
  readonly mode?: string;
  /** Whether the image's user may be another than the build user, who owns the app. */
  readonly runsAsOther: boolean;
}

/** A file of the builder, owned by root. */
export interface PlatformFile {
  /** Absolute. */
  readonly path: string;
  readonly mode: "0644" | "0755";
  readonly content: FileContent;
}

export type FileContent =
  | { readonly format: "text"; readonly text: string }
  | { readonly format: "toml"; readonly table: TomlTable };

export interface CachePlan {
  /** Safe in a mount option: letters, digits, `.`, `_`, `-`. */
  readonly id: string;
  readonly derivedFrom: "option" | "project id" | "git remote" | "nothing";
  /** Absent: whoever builds gave none. */
  readonly scope?: CacheScope;
  /** Name of the image with the cache, as it was said; absent: there is none. */
  readonly image?: string;
}
