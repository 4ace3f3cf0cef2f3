import { existsSync, statSync } from "node:fs";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { reasonOf } from "../file-fault.ts";
import { carriedMemory } from "../memory/memory.ts";
import { cacheTarPath, readCacheMetadata, readMemory, repairCache } from "./cache-directory.ts";
import { CacheStore } from "./cache-store.ts";
import { namedTars } from "./old-metadata.ts";

interface CacheSeedRequest {
  readonly cacheDirectory: ByteString;
  /** Of the other scope's cache, which is only read. */
  readonly baseDirectory: ByteString;
  readonly baseScope: string;
}

/**
 * Copies another scope's cache into an empty one. What cannot be read is not copied: the buildpacks make it again. Out:
 * what has been done, for people.
 */
export function seedCache({ cacheDirectory, baseDirectory, baseScope }: CacheSeedRequest): string {
  const leftAside = (error: unknown) => `cache: not copied from ${baseScope}: ${reasonOf(error)}`;
  repairCache(cacheDirectory);
  if (readCacheMetadata(cacheDirectory) !== undefined) return "cache: this scope already has one";
  let metadata: string | undefined;
  let memory: ReturnType<typeof carriedMemory>;
  try {
    metadata = readCacheMetadata(baseDirectory);
    memory = carriedMemory(readMemory(baseDirectory));
  } catch (error) {
    return leftAside(error);
  }
  if (metadata === undefined) return `cache: none in this scope or in ${baseScope}`;
  // The owner that BuildKit gave the mount: the build user.
  const { uid, gid } = statSync(bytesOf(cacheDirectory));
  const store = new CacheStore(cacheDirectory, { uid, gid });
  try {
    const tars = namedTars(metadata);
    if (tars === undefined) throw new Error("its metadata cannot be read");
    for (const sha of [...tars, ...memory.tars]) {
      const tar = cacheTarPath(baseDirectory, sha);
      if (!existsSync(bytesOf(tar)) || store.adopt(tar) !== sha)
        throw new Error(`${sha} is missing or damaged`);
    }
    store.commit(metadata, memory.text);
    return `cache: copied from ${baseScope}, ${tars.length + memory.tars.length} tars`;
  } catch (error) {
    store.discard();
    return leftAside(error);
  }
}
