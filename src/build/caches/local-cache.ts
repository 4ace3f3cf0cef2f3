import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import { formatAttributes, parseAttributes } from "../../engines/outputs/build-output.ts";
import type { Border } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { makeLayoutDirectory } from "../../files/user-mask.ts";
import { requireCachePlace, requireOwnLinks } from "./cache-place.ts";

/** Directories of BuildKit's cache, as `BUILDKIT_LOCAL_CACHE_IMPORT` and `BUILDKIT_LOCAL_CACHE_EXPORT` name them; absent: none. */
export interface LocalCaches {
  readonly from?: string;
  readonly to?: string;
}

/**
 * Puts BuildKit's cache into the directories that BUILDKIT_LOCAL_CACHE_IMPORT and BUILDKIT_LOCAL_CACHE_EXPORT name, where
 * no flag says otherwise. buildx knows neither of them. A directory that is not there yet is told, and no fault. Throws
 * CompileError where links of the project have a part in either.
 */
export function withLocalCache(
  request: BuildRequest,
  { name }: Engine,
  { from: source, to: destination }: LocalCaches,
  { border, tell }: { readonly border: Border; readonly tell: (line: string) => void },
): BuildRequest {
  if (name === "buildx") return request;
  const cacheFrom = [...request.cacheFrom];
  const cacheTo = [...request.cacheTo];
  if (cacheFrom.length === 0 && source !== undefined) {
    const src = resolve(plainPath(source));
    requireOwnLinks({ kind: "directory", path: src, shown: source }, border, "BUILDKIT_LOCAL_CACHE_IMPORT");
    if (existsSync(join(src, "index.json"))) cacheFrom.push(formatAttributes({ type: "local", src }));
    else tell(`BUILDKIT_LOCAL_CACHE_IMPORT: no cache in ${source} yet.`);
  }
  if (cacheTo.length === 0 && destination !== undefined) {
    const dest = resolve(plainPath(destination));
    const place = { kind: "directory", path: dest, shown: destination } as const;
    requireCachePlace(place, border, "BUILDKIT_LOCAL_CACHE_EXPORT");
    cacheTo.push(formatAttributes({ type: "local", dest, mode: "max" }));
  }
  return { ...request, cacheFrom, cacheTo };
}

/** Makes the directories that a build writes its cache to, so that no other user can write there while buildctl does. */
export function makeCacheDirectories({ cacheTo }: BuildRequest): void {
  for (const text of cacheTo) {
    const { type, dest } = parseAttributes(text) ?? {};
    if (type !== "local" || dest === undefined) continue;
    try {
      makeLayoutDirectory(dest);
    } catch {
      // BuildKit says what is wrong with it, or makes do.
    }
  }
}

/** Directories that a build reads its cache from or writes it to. */
export function cacheDirectories({ cacheFrom, cacheTo }: BuildRequest): string[] {
  return [...cacheFrom, ...cacheTo].flatMap((text) => {
    const { type, src, dest } = parseAttributes(text) ?? {};
    const directory = dest ?? src;
    return type !== "local" || directory === undefined ? [] : [directory];
  });
}
