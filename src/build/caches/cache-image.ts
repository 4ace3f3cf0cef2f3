import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { BuildOutput } from "../../engines/outputs/build-output.ts";
import { fullName, parseReference } from "../../image/reference.ts";
import { argumentNames } from "../../options/build-arguments.ts";
import { cacheScopeArgument } from "../../options/step-variables.ts";
import { cacheImageName } from "../../options/values/cache-image.ts";
import { parseCacheScope } from "../../options/values/cache-scope.ts";
import { argumentValues } from "../request/argument-values.ts";
import type { CachePlace } from "./cache-place.ts";

/**
 * The image that a build writes the cache of its app to. Undefined: none. One that only the project names is read and never
 * written: with the client's credentials, a project could have any image of theirs replaced.
 */
export function cacheImagePlace(
  request: Pick<BuildRequest, "buildArguments" | "frontend">,
): CachePlace | undefined {
  // A Dockerfile that is not ours has no buildpack cache, and a stage of its own could be pushed in its place.
  if (request.frontend === undefined) return undefined;
  const told = argumentValues(request);
  const text = told.get(argumentNames.cacheImage);
  if (!text) return undefined;
  const name = cacheImageName(text, parseCacheScope(told.get(cacheScopeArgument) ?? "")?.own);
  return name === undefined ? undefined : { kind: "image", name, shown: name };
}

/** Throws CompileError where the cache would be written over the image that it is the cache of. */
export function requireOwnName(
  request: Pick<BuildRequest, "buildArguments" | "frontend" | "tags">,
  outputs: readonly BuildOutput[],
): void {
  const place = cacheImagePlace(request);
  if (place?.kind !== "image") return;
  const written = [...request.tags, ...outputs.flatMap(namesOf)];
  if (!written.map(sameName).includes(sameName(place.name))) return;
  throw new CompileError([
    diagnose("cli/cache-image-is-tag", { name: place.name }, { file: "--cache-image" }),
  ]);
}

/** Names that an output has beside the tags. Source: BuildKit, `exporter/containerimage`, `name`, a list. */
function namesOf({ type, attributes }: BuildOutput): string[] {
  if ((type !== "image" && type !== "registry") || attributes["push-by-digest"] === "true") return [];
  return (attributes.name ?? "").split(",").flatMap((name) => {
    const reference = parseReference(name.trim());
    return reference === undefined ? [] : [fullName(reference)];
  });
}

/** In: a full name. Hosts are the same in upper and lower case, tags are not. */
function sameName(name: string): string {
  const slash = name.indexOf("/");
  return name.slice(0, slash).toLowerCase() + name.slice(slash);
}
