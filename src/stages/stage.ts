import type { Owner } from "../contract/owner.ts";
import type { BuildpackContext, FileContent, PlatformFile } from "../plan/lifecycle-plan.ts";
import type { VolumeContext } from "../plan/platform/volume-plan.ts";

/** One `FROM …` block. Its name is public: `docker buildx build --target NAME`. */
export interface Stage {
  readonly name: StageName;
  readonly base: Base;
  /** What the stage is for, to a reader of the Dockerfile; one or more lines. */
  readonly purpose: readonly string[];
  readonly instructions: readonly Instruction[];
}

export type StageName =
  | "tool"
  | "source"
  | "modules"
  | `buildpack-${number}`
  | `extension-${number}`
  | BuildpackContext
  | VolumeContext
  | "builder"
  | "extend-base"
  | "extend-run-base"
  | `extend-context-${number}`
  | `extend-build-${number}`
  | `extend-run-${number}`
  | "extend"
  | "extend-run"
  | "extended-tool"
  | "extended-builder"
  | "detect"
  | "detection"
  | "detected"
  | "cached"
  | "previous"
  | "restore"
  | "build"
  | "export"
  | "cache-files"
  | "cache"
  | "rootfs"
  | "syft"
  | "sbom-files"
  | "sbom"
  | "grype"
  | "vulnerability-db-files"
  | "vulnerability-db"
  | "scan-config"
  | "scan-files"
  | "scan"
  | "artifacts"
  | "export-scanned"
  | "gate"
  | "app";

export type Base =
  | { readonly kind: "image"; readonly reference: string; readonly onBuildPlatform: boolean }
  | { readonly kind: "stage"; readonly name: StageName }
  /** Of two stages, the one whose name has the suffix where the variable has a value. */
  | {
      readonly kind: "choice";
      readonly name: StageName;
      readonly variable: string;
      readonly suffix: string;
      /** Whether it has one unless the build is told otherwise. */
      readonly isSet: boolean;
    }
  | { readonly kind: "scratch" }
  /** What whoever builds has to hand over as a named context: these files, for each platform its own, or a directory. */
  | { readonly kind: "context"; readonly name: string; readonly files: readonly ContextFile[] };

interface ContextFile {
  /** `linux/arm64`. */
  readonly platform: string;
  /** Absolute. */
  readonly path: string;
  readonly content: FileContent;
}

/** Values as they are; only emit writes them as Dockerfile text. */
export type Instruction =
  | ArgInstruction
  | { readonly kind: "user"; readonly owner: Owner }
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "env"; readonly name: string; readonly value: readonly EnvPart[] }
  | { readonly kind: "label"; readonly name: string; readonly value: string }
  | CopyInstruction
  | AddInstruction
  | ProjectFileInstruction
  | FileInstruction
  | RunInstruction
  /** An instruction of somebody else, as it is written. */
  | { readonly kind: "written"; readonly text: string }
  | { readonly kind: "entrypoint"; readonly argv: readonly string[] }
  | { readonly kind: "cmd"; readonly argv: readonly string[] };

/** A build argument; `--build-arg` gives it another value. */
export interface ArgInstruction {
  readonly kind: "arg";
  readonly name: string;
  /** Absent: what stands before the first stage, or what BuildKit sets. */
  readonly value?: string;
}

/** Text, or the value that a variable has at that place. */
export type EnvPart = string | { readonly variable: string };

export interface CopyInstruction {
  readonly kind: "copy";
  readonly from: StageName;
  /** May hold `${TARGETPLATFORM}`; ends in `/` where a directory's contents are meant. */
  readonly source: string;
  readonly destination: string;
  /** Absent: root. */
  readonly owner?: Owner;
  /** As a layer of its own, whatever lies below it. */
  readonly link: boolean;
}

/** A file that BuildKit downloads; it asks the server each time whether it is still the same. */
export interface AddInstruction {
  readonly kind: "add";
  readonly url: EnvPart;
  /** `sha256:…`: no other file is taken. */
  readonly digest?: string;
  readonly destination: string;
}

/** A file of the project that need not be there. */
interface ProjectFileInstruction {
  readonly kind: "project-file";
  /** Below the project's directory. */
  readonly path: string;
  /** A directory. */
  readonly destination: string;
}

/** A file whose content stands in the Dockerfile. */
export interface FileInstruction {
  readonly kind: "file";
  readonly path: string;
  readonly mode: "0644" | "0755";
  readonly content: FileContent | FileListContent;
}

/** Files of exact bytes as JSON, for the export program's `files` command. */
interface FileListContent {
  readonly format: "files";
  readonly files: readonly PlatformFile[];
}

export interface RunInstruction {
  readonly kind: "run";
  /** False: `--network=none`. */
  readonly network: boolean;
  readonly mounts: readonly Mount[];
  readonly argv: readonly string[];
}

export type Mount =
  | { readonly kind: "context"; readonly target: string }
  | {
      readonly kind: "secret";
      readonly id: string;
      readonly target: string;
      readonly owner: Owner;
      /** Absent: 0400. */
      readonly mode?: "0644";
    }
  /** Socket of an ssh agent of the client's. */
  | { readonly kind: "ssh"; readonly id: string; readonly target: string; readonly owner: Owner }
  | {
      readonly kind: "bind";
      readonly from: StageName;
      readonly source: string;
      readonly target: string;
      /** Whether the step may write to it; what it writes is lost. Absent: no. */
      readonly isWritable?: true;
    }
  | { readonly kind: "cache"; readonly id: string; readonly target: string; readonly owner: Owner };
