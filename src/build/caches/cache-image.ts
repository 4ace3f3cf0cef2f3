import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import { argumentNames } from "../../options/build-arguments.ts";
import { cacheScopeArgument } from "../../options/step-variables.ts";
import { cacheImageName } from "../../options/values/cache-image.ts";
import { parseCacheScope } from "../../options/values/cache-scope.ts";
import type { CachePlace } from "./cache-place.ts";

/**
 * The image that a build writes the cache of its app to. Undefined: none. One that only the project names is read and never
 * written: with the client's credentials, a project could have any image of theirs replaced.
 */
export function cacheImagePlace({
  buildArguments,
}: Pick<BuildRequest, "buildArguments">): CachePlace | undefined {
  const told = new Map(buildArguments.map(({ name, value }) => [name, value]));
  const text = told.get(argumentNames.cacheImage);
  if (!text) return undefined;
  const name = cacheImageName(text, parseCacheScope(told.get(cacheScopeArgument) ?? "")?.own);
  return name === undefined ? undefined : { kind: "image", name, shown: name };
}

/** Throws CompileError where the cache would be written over the image that it is the cache of. */
export function requireOwnName(request: Pick<BuildRequest, "buildArguments" | "tags">): void {
  const place = cacheImagePlace(request);
  if (place?.kind !== "image" || !request.tags.includes(place.name)) return;
  throw new CompileError([
    diagnose("cli/cache-image-is-tag", { name: place.name }, { file: "--cache-image" }),
  ]);
}
