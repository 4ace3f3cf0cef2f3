import { type CacheList, cacheListSchema } from "../../contract/cache/cache-list.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { measureTar } from "../../layer/lifecycle-tar.ts";
import type { TarItem } from "../../layer/tar-stream.ts";
import { readJsonFile } from "../checked-file.ts";
import type { StoredTarName } from "../memory/memory.ts";

/** Reads what `formatCacheList` wrote. Throws CompileError `export/unreadable`, `export/invalid-file`. */
export function readCacheList(path: ByteString): CacheList {
  return readJsonFile(path, cacheListSchema);
}

export type StoredTar = { readonly sha: string; readonly kept: boolean; readonly sizeBytes: number };

/** Takes tars, and says what they are. In: a function that starts the stream anew; the digest of an older one. */
export interface TarStore {
  readonly store: (items: () => Iterable<TarItem>, oldSha: string) => StoredTar;
  /** Takes a tar as it is. In: where it lies, should it not be there already. */
  readonly keep: (tar: StoredTarName, path: ByteString) => void;
}

/** Keeps of each tar its digest and size. */
export class TarList implements TarStore {
  readonly sizesBytes: Record<string, number> = {};

  store(items: () => Iterable<TarItem>): StoredTar {
    const { sha, sizeBytes } = measureTar(items(), () => undefined);
    this.sizesBytes[sha] = sizeBytes;
    return { sha, kept: false, sizeBytes };
  }

  keep({ sha, sizeBytes }: StoredTarName): void {
    this.sizesBytes[sha] = sizeBytes;
  }
}
