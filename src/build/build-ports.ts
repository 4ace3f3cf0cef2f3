import type { Readable } from "node:stream";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import type { NamedContext } from "../engines/build-request.ts";
import type { Border } from "../files/border.ts";
import type { WhatToBuild } from "./file/what-to-build.ts";
import type { BuildResult } from "./outputs/build-result.ts";
import type { Source } from "./source/source.ts";

/** Where a build speaks, and what it asks of whoever wants it. */
export interface BuildPorts {
  /** Takes a warning. */
  readonly report: Report;
  /** Takes a fault that does not end everything. */
  readonly show: (fault: Diagnostic) => void;
  /** Takes a line for people, of what they did not expect. */
  readonly tell: (line: string) => void;
  /** Takes a line for people about how far it is, for whom the result is not enough. */
  readonly progress: (line: string) => void;
  /** Takes what was asked for in place of a build. */
  readonly print: (text: string) => void;
  /** Takes what came of the build, before anything is done with it. */
  readonly result: (result: BuildResult) => void;
  /** Takes the project descriptor, whose lines a diagnostic can show. In: the project's directory; the file seen from there. */
  readonly know: (directory: string, file: string, text: string) => void;
  /** Says how the project that was found becomes an image. Throws CompileError. */
  readonly describe: (found: FoundSource) => Promise<ProjectValues>;
  /** What a source named `-` is read from. */
  readonly input: Readable;
  /** Whether people see colours where it is told. */
  readonly hasColors: boolean;
}

/** A source that is here, and the file of it that is built. */
export interface FoundSource {
  readonly source: Source;
  readonly border: Border;
  readonly what: WhatToBuild;
  /** Directory for files that are needed while the build runs. */
  readonly work: string;
}

/** What a build is told of a project beside its file. */
export interface ProjectValues {
  /** Build arguments, of our frontend where that builds it, by name. */
  readonly buildArguments: ReadonlyMap<string, string>;
  /** Secrets to offer beside the others, in the syntax of `--secret`. */
  readonly secrets: readonly string[];
  /** Directories to hand over. */
  readonly contexts: readonly NamedContext[];
}
