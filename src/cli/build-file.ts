import { existsSync } from "node:fs";
import { join } from "node:path";
import { CompileError, diagnose, isDockerfile, readPlanComment } from "../index.ts";
import { readOrExplain } from "./text-file.ts";

/** What is built, by what it says of itself. */
export type BuildFileKind =
  /** A project descriptor, or none. */
  | "project"
  /** A Dockerfile of ours, which knows the project's plan. */
  | "generated"
  | "dockerfile";

/** Names that are looked for where none is given, in this order. */
const usualNames = ["project.toml", "Dockerfile"] as const;

/**
 * The file to build of a directory that has none named. Undefined: it has neither a descriptor nor a Dockerfile; a
 * project can do without.
 */
export function usualFile(directory: string): string | undefined {
  return usualNames.find((name) => existsSync(join(directory, name)));
}

/** Tells by its name and text what a file is. */
export function kindOf(name: string, text: string): BuildFileKind {
  if (!isDockerfile(name, text)) return "project";
  return readPlanComment(text) === undefined ? "dockerfile" : "generated";
}

/** Text of the file to build. Throws CompileError where it is not there. */
export function readBuildFile(path: string, shown: string): string {
  const text = readOrExplain(path);
  if (text === undefined)
    throw new CompileError([diagnose("cli/no-build-file", { file: shown }, { file: "--file" })]);
  return text;
}
