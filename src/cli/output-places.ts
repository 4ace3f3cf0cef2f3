import { dirname } from "node:path";
import type { BuildOutput } from "../engines/outputs/build-output.ts";
import { parseAttributes } from "../engines/outputs/build-output.ts";
import type { Border } from "../files/border.ts";
import { requireNoLink, requireNoLinkIn } from "../files/output-links.ts";
import { requireOwnDirectory } from "./artifacts.ts";
import { type CachePlace, requireFree, requireOwnLinks } from "./buildpack-cache.ts";
import type { BuildFlags } from "./flags.ts";
import { requireResultFiles } from "./result-files.ts";

/** Everything that a build writes to this machine, and the caches that it reads. */
export interface OutputPlaces {
  readonly outputs: readonly BuildOutput[];
  readonly flags: BuildFlags;
  /** Absent: none are wanted. */
  readonly artifacts?: string;
  readonly caches: { readonly from?: CachePlace; readonly to?: CachePlace };
}

/** What BuildKit writes into a directory that holds its cache. */
const cacheNames = ["index.json", "index.json.lock", "oci-layout", "ingest", "blobs"];

/** Throws CompileError where a link of the project has a part in where something is written, or a place is taken. */
export function requireOutputPlaces(places: OutputPlaces, border: Border): void {
  const { outputs, flags, artifacts, caches } = places;
  for (const { destination } of outputs) {
    if (destination !== undefined && destination !== "-")
      requireNoLink(destination, border.outputs, "--output");
  }
  for (const [flag, file] of [
    ["--metadata-file", flags.metadataFile],
    ["--iidfile", flags.iidfile],
  ] as const) {
    if (file !== undefined) requireNoLink(file, border.outputs, flag);
  }
  if (flags.dryRun !== true) requireResultFiles(flags);
  for (const text of flags.cacheTo ?? []) {
    const { type, dest } = parseAttributes(text) ?? {};
    if (type === "local" && dest !== undefined)
      requireNoLinkIn(dest, cacheNames, border.outputs, "--cache-to");
  }
  if (artifacts !== undefined) {
    requireNoLinkIn(artifacts, undefined, border.outputs, "--artifacts");
    requireOwnDirectory(artifacts);
  }
  if (caches.from !== undefined) requireOwnLinks(caches.from, border, "--buildpack-cache-from");
  if (caches.to !== undefined) {
    requireCachePlace(caches.to, border, "--buildpack-cache-to");
    requireFree(caches.to);
  }
}

/** The same for the place of a cache that is exported. */
export function requireCachePlace(place: CachePlace, border: Border, flag: string): void {
  if (place.kind === "directory") requireNoLinkIn(place.shown, cacheNames, border.outputs, flag);
}

/** The border of a build whose result goes into a directory that may hold a project's files by another name. */
export function withArchivePlace(border: Border, archive: string | undefined): Border {
  return archive === undefined ? border : { ...border, outputs: [...border.outputs, dirname(archive)] };
}
