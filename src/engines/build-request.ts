import type { Platform } from "../image/platform.ts";
import type { progressForms } from "../options/table/result.ts";
import type { BuildOutput } from "./outputs/build-output.ts";

/** One build, whoever runs it. Texts of flags are as the user wrote them, in the syntax of `docker buildx build`. */
export interface BuildRequest {
  /** Absolute path of the directory that is sent to BuildKit. */
  readonly context: string;
  /** What is built: a project descriptor or a Dockerfile. It need not be there where the frontend can do without. */
  readonly file: BuildFile;
  /** Absent: BuildKit's own Dockerfile frontend, which follows a `# syntax=` line. */
  readonly frontend?: FrontendImage;
  /** Empty: the engine's own. */
  readonly platforms: readonly Platform[];
  /** Names with a registry: `docker.io/library/app:latest`. */
  readonly tags: readonly string[];
  readonly buildArguments: readonly BuildArgumentText[];
  /** `NAME=VALUE`. */
  readonly labels: readonly string[];
  /** `[TYPE:]NAME=VALUE`. */
  readonly annotations: readonly string[];
  readonly target?: string;
  /** A question in place of a build: which stages there are. */
  readonly call?: "targets";
  readonly outputs: readonly BuildOutput[];
  readonly noCache: boolean;
  /** Stages. */
  readonly noCacheFilter: readonly string[];
  readonly pull: boolean;
  readonly secrets: readonly string[];
  readonly ssh: readonly string[];
  readonly cacheFrom: readonly string[];
  readonly cacheTo: readonly string[];
  readonly buildContexts: readonly NamedContext[];
  /** By kind, `sbom` and `provenance`: attributes as `mode=max`; `false`: none. */
  readonly attestations: Readonly<Record<string, string>>;
  readonly limits: StepLimits;
  readonly progress: ProgressForm;
  /** Where BuildKit's answer goes, as JSON; absent: nowhere. */
  readonly metadataFile?: string;
  /** Where a client that shows no warnings of the frontend, and keeps no history, writes what it is told, as JSON lines; absent: nowhere. */
  readonly traceFile?: string;
  /** Whether it is asked afterwards what its steps did; absent: no. */
  readonly tellsSteps?: boolean;
  /** Where buildctl writes by which reference BuildKit knows the build, so that it is asked afterwards what was downloaded; absent: nowhere. */
  readonly referenceFile?: string;
  /** File with BuildKit's rules for sources, as JSON; absent: it has none. */
  readonly sourcePolicyFile?: string;
}

export interface BuildFile {
  /** Absolute. */
  readonly directory: string;
  /** Below the directory. */
  readonly name: string;
}

/** The image of a frontend, by a name under which BuildKit looks for it. */
export interface FrontendImage {
  readonly reference: string;
  /** Where the image is on this machine, which hands it over; absent: in a registry. */
  readonly layout?: OciLayout;
}

export interface OciLayout {
  /** Absolute. */
  readonly directory: string;
  /** Of the index or manifest. */
  readonly digest: string;
}

interface BuildArgumentText {
  readonly name: string;
  readonly value: string;
}

export interface NamedContext {
  readonly name: string;
  /** A directory, `docker-image://…`, `oci-layout://…`, a URL. */
  readonly value: string;
}

/** What acts on every step, each in the syntax of its flag. */
export interface StepLimits {
  readonly addHosts: readonly string[];
  readonly allow: readonly string[];
  readonly cgroupParent?: string;
  readonly network?: string;
  /** Whether they reach the network through BuildKit's own proxy alone; absent: as BuildKit is configured. */
  readonly proxyNetwork?: true;
  readonly shmSize?: string;
  readonly ulimits: readonly string[];
}

export type ProgressForm = (typeof progressForms)[number];

/** A build that asks for nothing but its file: a caller puts what it wants in the place of these. */
export const plainRequest: Omit<BuildRequest, "context" | "file"> = {
  ...{ platforms: [], tags: [], buildArguments: [], labels: [], annotations: [], outputs: [] },
  ...{ noCache: false, noCacheFilter: [], pull: false, secrets: [], ssh: [] },
  ...{ cacheFrom: [], cacheTo: [], buildContexts: [], attestations: {} },
  limits: { addHosts: [], allow: [], ulimits: [] },
  progress: "auto",
};
