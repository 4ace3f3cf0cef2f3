import type { Platform } from "../image/platform.ts";
import type { engineNames } from "../options/table/engine.ts";
import type { BuildRequest, OciLayout } from "./build-request.ts";
import type { EngineCommand } from "./engine-command.ts";

/** Who runs a build: buildx, a BuildKit that runs already, or one that is started for the build. */
export type EngineName = (typeof engineNames)[number];

/** An engine that is there and answers. */
export interface Engine {
  readonly name: EngineName;
  /** For people: `buildx builder "lab" (driver remote)`. */
  readonly title: string;
  /** What its workers run, natively or emulated. */
  readonly platforms: readonly Platform[];
  /** What its machines are, without emulation; at least one, each once. */
  readonly nativePlatforms: readonly Platform[];
  /** BuildKit's versions, of each node; empty: it does not say. */
  readonly versions: readonly string[];
  /** Where an image can stay without being pushed or written to a file. */
  readonly store: ImageStore;
  /** Hosts with their ports that its client reaches by TCP without TLS; empty: none is known. */
  readonly openHosts: readonly string[];
  /** Whether it makes more than one platform, and files of images, at all. */
  readonly isLimited: boolean;
  readonly command: (request: BuildRequest) => EngineCommand;
  /** Prints what the steps of a finished build did, as `rawjson` progress. In: its `buildx.build.ref`. Absent: `traceFile` says it. */
  readonly history?: (reference: string) => EngineCommand;
  /** What BuildKit keeps of a build that has ended. Absent: its client cannot ask for that. */
  readonly records?: BuildRecords;
  /** Brings our image to an engine that cannot take it with the build. Absent: it can. Throws CompileError. */
  readonly load?: (layout: OciLayout) => FrontendLoad;
  /** Ends what was started for the build. Absent: nothing was. */
  readonly close?: () => Promise<void>;
}

/** How BuildKit is asked for what it keeps of builds. */
export interface BuildRecords {
  /** Prints one build's record, as JSON. In: the reference that its client got. */
  readonly find: (reference: string) => EngineCommand;
  /** Prints a blob of a record. */
  readonly blob: (digest: string) => EngineCommand;
}

/** A build that brings our image to an engine. */
export interface FrontendLoad {
  /** How the engine then knows it. */
  readonly reference: string;
  /** In: the directory of its Dockerfile and layers. */
  readonly command: (context: string) => EngineCommand;
  /** Throws CompileError. */
  readonly run: () => Promise<void>;
}

export type ImageStore =
  | { readonly kind: "none" }
  /** Docker's; the classic one holds a platform at a time. */
  | { readonly kind: "docker"; readonly holdsSeveral: boolean }
  /** That of a containerd which BuildKit works with. */
  | { readonly kind: "containerd"; readonly namespace: string };

/** Looking for an engine: there it is, or why it cannot be had, and what would help. */
export type Search =
  | { readonly kind: "found"; readonly engine: Engine }
  | { readonly kind: "missing"; readonly reason: string; readonly remedy: string };
