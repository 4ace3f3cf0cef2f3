import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { DescriptorText } from "../../descriptor/descriptor.ts";
import { keyPlaces } from "../../descriptor/key-places.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type SourceLocation } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { type Border, borderOf, requireInside } from "../../files/border.ts";
import { type Followed, followLinks, plainPath } from "../../files/follow-links.ts";
import { isBelow } from "../../files/is-below.ts";
import type { HandedDirectory } from "../../modules/gathered-modules.ts";
import { contextLocator, joinPath } from "../../modules/locator.ts";
import { invalidLocator } from "../../modules/locator-faults.ts";
import type { BuildpackContext } from "../../modules/module-source.ts";
import type { HandedUris } from "../../options/values/handed-uris.ts";
import { present } from "../../present.ts";
import { buildpackPath, ownLocator, slashes } from "./buildpack-path.ts";
import { declaredBuildpacks } from "./declared-buildpacks.ts";

/** A buildpack outside of the project that a flag or the descriptor names: a directory, or an archive in one. */
export interface LocalBuildpack {
  readonly context: BuildpackContext;
  /** The locator, as it was written. */
  readonly text: string;
  /** The flag, or the key of the descriptor. */
  readonly location: SourceLocation;
  /** The directory, absolute, without links. */
  readonly directory: string;
  /** The archive's name in it; empty: the directory is the buildpack. */
  readonly path: string;
  /** The buildpack as it was named, seen from the project's directory, or absolute. */
  readonly named: string;
}

/** Flags whose buildpacks, and the descriptor's, have been looked for. Absent: there are none to hand over. */
export interface LocatedBuildpacks {
  readonly localBuildpacks?: readonly LocalBuildpack[];
  readonly handedUris?: HandedUris;
}

/** Flags that name buildpacks, and the one that names image extensions. */
export const buildpackFlags = {
  buildpack: "--buildpack",
  preBuildpack: "--pre-buildpack",
  postBuildpack: "--post-buildpack",
  extension: "--extension",
} as const;

type BuildpackLists = Readonly<Partial<Record<keyof typeof buildpackFlags, readonly string[]>>>;

/** Flags that decide which buildpacks of the descriptor take part. */
type BuildpackChoice = BuildpackLists & { readonly execEnv?: string };

export const buildpackLists = Object.keys(buildpackFlags) as readonly (keyof BuildpackLists)[];

/** The project that the buildpacks are for. */
export interface BuildpacksProject {
  readonly directory: string;
  readonly border: Border;
  /** Absent: there is none. */
  readonly descriptor?: DescriptorText;
}

/** Whose words the lists are. */
interface ListOrigin {
  /** A generated file that recorded some of them, seen from the project; absent: the user wrote all of them. */
  readonly recorded?: { readonly file: string; readonly lists: readonly (keyof BuildpackLists)[] };
  /** Contexts that have a name already. */
  readonly taken?: readonly string[];
  /** The execution environment; absent: the flag's. */
  readonly execEnv?: string | undefined;
}

/**
 * The flags with each buildpack that is a path as the compiler takes it: one of the project by its path there, any other one
 * by the context that it is handed over by. A path of a flag starts from the working directory, as with pack, unless only
 * the project has something there. One of the descriptor starts from its directory, and is handed over if it lies below the
 * project's root. Throws CompileError with every path that leads nowhere, out of the project by a link in it, or out of the
 * border where a file recorded it.
 */
export function withLocalBuildpacks<Flags extends BuildpackChoice>(
  flags: Flags,
  project: BuildpacksProject,
  { recorded, taken = [], execEnv = flags.execEnv }: ListOrigin = {},
): Flags & LocatedBuildpacks {
  const found: Diagnostic[] = [];
  const local: LocalBuildpack[] = [];
  const lists = buildpackLists.flatMap((name) => {
    const file = recorded?.lists.includes(name) === true ? recorded.file : undefined;
    const texts = flags[name]?.map((text) => {
      try {
        const place = locate(text, { flag: buildpackFlags[name], recordedIn: file, project });
        return typeof place === "string" ? place : locatorOf(place, local, taken);
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        found.push(...error.diagnostics);
        return text;
      }
    });
    return texts === undefined ? [] : [[name, texts] as const];
  });
  const handedUris = new Map<string, string>();
  try {
    const choice = { ...flags, ...present({ execEnv }) };
    for (const { uri, location, place, named, own } of ofDescriptor(choice, project)) {
      const outside = { ...placeOf(place), text: uri, location, named };
      handedUris.set(uri, own ?? locatorOf(outside, local, taken));
    }
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    found.push(...error.diagnostics);
  }
  if (found.length > 0) throw new CompileError(found);
  return {
    ...flags,
    ...Object.fromEntries(lists),
    ...(local.length === 0 ? {} : { localBuildpacks: local }),
    ...(handedUris.size === 0 ? {} : { handedUris }),
  };
}

type LocatedPlace = Omit<LocalBuildpack, "context">;

/** Throws CompileError with places in the file. */
function ofDescriptor(flags: BuildpackChoice, { descriptor, ...project }: BuildpacksProject) {
  if (descriptor === undefined) return [];
  try {
    return declaredBuildpacks({ ...flags, ...project, descriptor });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(error.diagnostics.map(keyPlaces(descriptor)), { cause: error });
  }
}

/** The directory to hand over, and the archive in it. */
function placeOf({ path, stats }: Required<Followed>): Pick<LocalBuildpack, "directory" | "path"> {
  return stats.isDirectory()
    ? { directory: path, path: "" }
    : { directory: dirname(path), path: basename(path) };
}

/** The same place twice is handed over once. */
function locatorOf(place: LocatedPlace, local: LocalBuildpack[], taken: readonly string[]): string {
  const { directory, path } = place;
  const before = local.find((one) => one.directory === directory && one.path === path);
  if (before !== undefined) return contextLocator(before.context, path);
  const used = [...taken, ...local.map((one) => one.context)];
  let number = 1;
  while (used.includes(`local-buildpack-${number}`)) number += 1;
  const context: BuildpackContext = `local-buildpack-${number}`;
  local.push({ ...place, context });
  return contextLocator(context, path);
}

interface Locating {
  readonly flag: string;
  /** Undefined: the user wrote it. */
  readonly recordedIn: string | undefined;
  readonly project: BuildpacksProject;
}

/** Out: a text that the compiler understands, or a place outside of the project. */
function locate(text: string, { flag, recordedIn, project }: Locating): string | LocatedPlace {
  const written = pathIn(text, flag);
  if (written === undefined) return text;
  const start = recordedIn === undefined ? process.cwd() : project.directory;
  const own = followLinks(project.directory).path;
  const isRelative = joinPath("", written) !== undefined;
  if (isRelative && followLinks(start).path === own) return text;
  const path = isAbsolute(written) || recordedIn === undefined ? written : join(project.directory, written);
  const limit = borderOf(path, project.border);
  if (limit === undefined && recordedIn !== undefined) {
    const values = { file: recordedIn, flag, value: text };
    throw new CompileError([diagnose("files/recorded-place", values, { file: recordedIn })]);
  }
  const found = follow(path, text, flag);
  if (found?.stats === undefined) {
    if (isRelative || !isExplicit(text)) return text;
    throw new CompileError([diagnose("modules/not-found", { uri: text }, { file: flag })]);
  }
  if (limit !== undefined) requireInside(flag, path, project.border);
  if (isBelow(found.path, own)) return ownLocator(found.path, own);
  return {
    ...{ text, location: { file: flag } },
    ...placeOf({ ...found, stats: found.stats }),
    named: isAbsolute(written) ? written : slashes(relative(project.directory, resolve(plainPath(path)))),
  };
}

/** The path that a locator can be. Undefined: it says that it is something else. Throws CompileError. */
function pathIn(text: string, flag: string): string | undefined {
  try {
    return buildpackPath(text);
  } catch (error) {
    const kind = flag === buildpackFlags.extension ? "extension" : "buildpack";
    throw new CompileError([invalidLocator("text", text, { file: flag }, kind)], { cause: error });
  }
}

/** Whether a text is a path, whether it leads somewhere or not. */
function isExplicit(text: string): boolean {
  return /^(?:\.{0,2}\/|\.{1,2}$|file:)/i.test(text);
}

/** Undefined: it cannot be followed, and need not be a path. */
function follow(path: string, text: string, flag: string): Followed | undefined {
  try {
    return followLinks(path);
  } catch (error) {
    if (!isExplicit(text)) return undefined;
    const values = { path: text, reason: systemReason(error) };
    throw new CompileError([diagnose("modules/unreadable", values, { file: flag })], { cause: error });
  }
}

/** Where the compiler is told that it lies: the directory to hand over. */
export function handedDirectory({ context, path, named }: LocalBuildpack): HandedDirectory {
  return { context, directory: path === "" ? named : dirname(named) };
}

/** The locator that a generated file records: the buildpack as it was named, seen from the project's directory. */
export function recordedLocator(text: string, { localBuildpacks = [] }: LocatedBuildpacks): string {
  return localBuildpacks.find(({ context, path }) => contextLocator(context, path) === text)?.named ?? text;
}
