import { isAbsolute, posix, relative, resolve } from "node:path";
import { type DescriptorText, readDescriptor } from "../../descriptor/descriptor.ts";
import type { UriBuildpack } from "../../descriptor/project-descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import type { Border } from "../../files/border.ts";
import { type Followed, followLinks } from "../../files/follow-links.ts";
import { isBelow } from "../../files/is-below.ts";
import { findInside, LeadsOutside } from "../../files/read-inside.ts";
import { joinPath } from "../../modules/locator.ts";
import { chooseEntries } from "../../plan/order/entries.ts";
import { present } from "../../present.ts";
import { buildpackPath, ownLocator, slashes } from "./buildpack-path.ts";

/** What decides which buildpacks of a descriptor take part. */
interface DeclaredRequest {
  readonly directory: string;
  readonly border: Border;
  readonly descriptor: DescriptorText;
  /** Locators of flags that take the place of the descriptor's lists. */
  readonly buildpack?: readonly string[];
  readonly preBuildpack?: readonly string[];
  readonly postBuildpack?: readonly string[];
  readonly execEnv?: string;
}

/** A buildpack that the descriptor names, which lies outside of the project and below its root, or in it after all. */
interface DeclaredBuildpack {
  readonly uri: string;
  readonly location: SourceLocation;
  /** As the compiler takes it: its path in the project; absent: it has to be handed over. */
  readonly own?: string;
  readonly place: Required<Followed>;
  /** Its path seen from the project's directory, or absolute. */
  readonly named: string;
}

/**
 * Buildpacks that project.toml names by a path that leads out of the project's directory, and not out of the root. What leads
 * elsewhere is left to the compiler, which refuses it; so is a descriptor that cannot be read. Throws CompileError for paths
 * below the root at which there is nothing.
 */
export function declaredBuildpacks(request: DeclaredRequest): DeclaredBuildpack[] {
  const own = followLinks(request.directory).path;
  // Without a root above it, a project chooses nothing outside of itself.
  if (request.border.directory === own) return [];
  return urisOf(request).flatMap((entry) => {
    const found = locate(entry, own, request);
    return found === undefined ? [] : [found];
  });
}

function urisOf({ descriptor, buildpack = [], ...flags }: DeclaredRequest): UriBuildpack[] {
  const { preBuildpack = [], postBuildpack = [], execEnv } = flags;
  try {
    const { group, pre, post } = chooseEntries(
      readDescriptor(descriptor, () => {}),
      {
        ...{ buildpacks: buildpack, preBuildpacks: preBuildpack, postBuildpacks: postBuildpack },
        extensions: [],
        ...present({ execEnv }),
      },
    );
    return [...group, ...pre, ...post]
      .filter((entry) => entry.kind === "uri")
      .filter(({ isOption }) => isOption !== true);
  } catch (error) {
    if (error instanceof CompileError) return [];
    throw error;
  }
}

/** Undefined: it is the compiler's. In: the project's directory without links. */
function locate(
  { uri, location }: UriBuildpack,
  own: string,
  { border, descriptor }: DeclaredRequest,
): DeclaredBuildpack | undefined {
  const written = pathOf(uri);
  if (written === undefined) return undefined;
  // By its text, as the compiler reads paths of the project.
  const base = posix.dirname(descriptor.file);
  const path = resolve(own, base, written);
  const isOwn = joinPath(base, written) !== undefined;
  let found: Followed;
  try {
    found = findInside(path, border.directory);
  } catch (error) {
    if (isOwn || error instanceof LeadsOutside) return undefined;
    const values = { path: uri, reason: systemReason(error) };
    throw new CompileError([diagnose("modules/unreadable", values, location)], { cause: error });
  }
  const isInProject = isBelow(found.path, own);
  if (isOwn && (isInProject || found.stats === undefined)) return undefined;
  if (found.stats === undefined) throw new CompileError([diagnose("modules/not-found", { uri }, location)]);
  const place = { ...found, stats: found.stats };
  const named = isAbsolute(written) ? path : slashes(relative(own, path));
  return {
    ...{ uri, location, place, named },
    ...(isInProject ? { own: ownLocator(found.path, own) } : {}),
  };
}

/** Undefined: it is none, or an address that the compiler refuses. */
function pathOf(uri: string): string | undefined {
  try {
    return buildpackPath(uri);
  } catch {
    return undefined;
  }
}
