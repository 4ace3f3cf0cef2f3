import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { layoutDigest } from "../../engines/layout.ts";
import { type Border, borderOf, requireInside } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { linkIn, requireNoLinkIn } from "../../files/output-links.ts";
import { fullName, parseReference } from "../../image/reference.ts";

/** Where a buildpack cache lies while no BuildKit has it: an image in both cases, of an OCI layout or of a registry. */
export type CachePlace =
  /** Absolute; as it was written, by which its links are judged. */
  | { readonly kind: "directory"; readonly path: string; readonly shown: string }
  | { readonly kind: "image"; readonly name: string; readonly shown: string };

/**
 * An image is what begins with a registry's host, as `registry.example/app-cache:main`; all else is a directory. What is
 * wrong goes to `found`, for the flag or argument that it was read from.
 */
export function readCachePlace(text: string, flag: string, found: Diagnostic[]): CachePlace {
  const [first = "", ...rest] = text.split("/");
  const isHost = first === "localhost" || (/[.:]/.test(first) && !/^\.{1,2}$/.test(first));
  if (rest.length === 0 || !isHost || first.startsWith(".")) {
    return { kind: "directory", path: resolve(plainPath(text)), shown: text };
  }
  const reference = parseReference(text);
  if (reference === undefined || reference.digest !== undefined) {
    found.push(diagnose("cli/bad-cache-place", { text }, { file: flag }));
  }
  return { kind: "image", name: reference === undefined ? text : fullName(reference), shown: text };
}

/** The directory of a place that is one. */
export function directoryOf(place: CachePlace): string[] {
  return place.kind === "directory" ? [place.path] : [];
}

export function cacheOfDockerfile(flag: string): CompileError {
  return new CompileError([diagnose("cli/cache-of-dockerfile", {}, { file: flag })]);
}

/**
 * Throws CompileError where a cache in the project has links, by which it could have files of this machine read as its own,
 * or is one that leads out. In: the flag that names it.
 */
export function requireOwnLinks(place: CachePlace, border: Border, flag: string): void {
  if (place.kind !== "directory" || borderOf(place.shown, border) === undefined) return;
  requireInside(flag, place.shown, border);
  const link = ["index.json", "oci-layout", "blobs"]
    .map((name) => linkIn(join(place.path, name)))
    .find((one) => one !== undefined);
  if (link === undefined) return;
  const values = { place: place.shown, reason: `${link} is a link` };
  throw new CompileError([diagnose("cli/cache-damaged", values, { file: place.shown })]);
}

/** Throws CompileError for a directory with other things, which an export would mix with or remove. */
export function requireFree(place: CachePlace): void {
  if (place.kind === "image" || !existsSync(place.path) || layoutDigest(place.path) !== undefined) return;
  const { path, shown } = place;
  const isEmpty = statSync(path).isDirectory() && readdirSync(path).length === 0;
  if (!isEmpty) {
    throw new CompileError([diagnose("cli/cache-place-taken", { directory: shown }, { file: shown })]);
  }
}

/** What BuildKit writes into a directory that holds its cache. */
export const buildkitCacheNames = ["index.json", "index.json.lock", "oci-layout", "ingest", "blobs"];

/** Throws CompileError where a link of the project has a part in where a cache is written. */
export function requireCachePlace(place: CachePlace, border: Border, flag: string): void {
  if (place.kind === "directory") requireNoLinkIn(place.shown, buildkitCacheNames, border.outputs, flag);
}
