import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { BuildFile } from "../../engines/build-request.ts";
import { type Border, namedBy } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import type { Source } from "../source/source.ts";
import { type BuildFileContent, contentOf, readBuildFile, usualFile } from "./build-file.ts";
import { reachableFile } from "./reachable-file.ts";

/** The file to build, where it lies and what it is. */
export type WhatToBuild = BuildFileContent & {
  readonly file: BuildFile;
  /** Where it lies, seen from the source's directory, with `/`; of what came by standard input, or is not there, where it usually does. */
  readonly shown: string;
};

interface Wanted {
  readonly source: Source;
  /** As the user wrote it; absent: the usual one. */
  readonly named: string | undefined;
  /** Whether a project is built even where a Dockerfile lies, and nothing else, that nobody named. */
  readonly onlyProjects?: boolean;
  readonly border: Border;
  /** Directory for what is not there. */
  readonly work: string;
}

const usualDescriptor = "project.toml";

/** Finds the file to build. In: what takes a descriptor, whose lines a diagnostic can show. Throws CompileError where it is not there, or leads out of the project. */
export function whatToBuild(
  { source, named, onlyProjects = false, border, work }: Wanted,
  know: (directory: string, file: string, text: string) => void,
): WhatToBuild {
  if (source.fileText !== undefined) {
    const content = contentOf("", source.fileText);
    const name = content.kind === "project" ? usualDescriptor : "Dockerfile";
    writeFileSync(join(work, name), source.fileText);
    return { ...content, file: { directory: work, name }, shown: name };
  }
  // docker's rule: a file that is named is seen from here, unless only the source has it.
  const there = named === undefined ? usualFile(source.directory) : undefined;
  const usual = onlyProjects && there !== usualDescriptor ? undefined : there;
  const found = named === undefined ? undefined : namedFile(source, named);
  const path = found?.path ?? join(source.directory, usual ?? usualDescriptor);
  const place = { directory: dirname(path), name: basename(path) };
  if (named === undefined && usual === undefined) {
    const name = usualDescriptor;
    writeFileSync(join(work, name), "");
    return { kind: "project", file: { directory: work, name }, text: "", shown: name };
  }
  // What was fetched has no file that the user has seen: there a name is no more than the repository's own.
  const isOwn = named === undefined || found?.isOfSource === true;
  const origin = isOwn
    ? { border: border.directory, flag: "--file" }
    : namedBy("--file", named, source.beside ?? border);
  const bytes = readBuildFile(path, named ?? basename(path), origin);
  const content = contentOf(place.name, bytes.toString("utf8"));
  if (content.kind === "project") know(source.directory, place.name, content.text);
  const shown = relative(source.directory, path).split(sep).join("/");
  return { ...content, file: reachableFile(place, bytes, border, work), shown };
}

/**
 * Seen from here, as docker has it; or from what was fetched, which is nowhere else. An archive of this machine may have its
 * descriptor beside it, as pack takes it, or in it.
 */
function namedFile(
  { directory, isFetched, isLocalArchive }: Source,
  named: string,
): { readonly path: string; readonly isOfSource: boolean } {
  const here = resolve(plainPath(named));
  if (!isFetched || (isLocalArchive === true && existsSync(here))) {
    return { path: here, isOfSource: false };
  }
  return { path: resolve(directory, named), isOfSource: true };
}
