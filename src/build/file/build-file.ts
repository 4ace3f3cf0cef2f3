import { lstatSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { Dockerfile } from "../../dockerfile/dockerfile.ts";
import { readIfDockerfile } from "../../dockerfile/read/read-if-dockerfile.ts";
import { bytesOrExplain, type FileOrigin } from "../../files/text-file.ts";

/** What is built, by what it says of itself. */
export type BuildFileKind =
  /** A project descriptor, or none. */
  | "project"
  /** A Dockerfile of ours, which knows the project's plan. */
  | "generated"
  | "dockerfile";

export type BuildFileContent =
  | { readonly kind: "project"; readonly text: string }
  | { readonly kind: "generated" | "dockerfile"; readonly text: string; readonly dockerfile: Dockerfile };

/** Names that are looked for where none is given, in this order. */
const usualNames = ["project.toml", "Dockerfile"] as const;

/**
 * The file to build of a directory that has none named; a link counts, wherever it leads. Undefined: it has neither a
 * descriptor nor a Dockerfile; a project can do without.
 */
export function usualFile(directory: string): string | undefined {
  return usualNames.find((name) => lstatSync(join(directory, name), { throwIfNoEntry: false }) !== undefined);
}

/** Tells by its name and text what a file is. */
export function contentOf(name: string, text: string): BuildFileContent {
  const dockerfile = readIfDockerfile(name, text);
  if (dockerfile === undefined) return { kind: "project", text };
  return { kind: dockerfile.from === undefined ? "dockerfile" : "generated", text, dockerfile };
}

/** Bytes of the file to build. Throws CompileError where it is not there, or leads out of the project that it is of. */
export function readBuildFile(path: string, shown: string, origin: FileOrigin): Buffer {
  const bytes = bytesOrExplain(path, origin, shown);
  if (bytes === undefined)
    throw new CompileError([diagnose("cli/no-build-file", { file: shown }, { file: "--file" })]);
  return bytes;
}
