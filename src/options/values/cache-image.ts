import { diagnose } from "../../diagnostics/diagnose.ts";
import { fullName, parseReference } from "../../image/reference.ts";
import type { ReadOption } from "../option.ts";

/** Longest tag. Source: OCI distribution specification, "Pulling manifests". */
const maxTagLength = 128;

/** Name of an image in a registry that a build may write over. */
export const readCacheImage: ReadOption<string> = (text, location, found) => {
  const reference = parseReference(text);
  const isPlain = reference?.digest === undefined && reference?.place === undefined;
  // With docker's own registry, a name can be longer than registries take.
  if (reference !== undefined && isPlain && parseReference(fullName(reference)) !== undefined) return text;
  found.push(diagnose("plan/bad-cache-image", { text }, location));
  return undefined;
};

/**
 * Name of the image with the cache of an app, with registry and tag. Each scope has its own, so that the operator who chooses
 * the scope decides which is read and which is written. In: as an option says it; the scope, absent: none. Undefined: it is
 * no name.
 */
export function cacheImageName(text: string, scope: string | undefined): string | undefined {
  const reference = parseReference(text);
  if (reference === undefined) return undefined;
  if (scope === undefined) return fullName(reference);
  const { registry, repository, tag } = reference;
  // The scope is whole: two that share a name would write over each other.
  const room = Math.max(0, maxTagLength - 1 - scope.length);
  const scoped = tag === undefined || room === 0 ? scope : `${tag.slice(0, room)}-${scope}`;
  return `${registry}/${repository}:${scoped.slice(0, maxTagLength)}`;
}
