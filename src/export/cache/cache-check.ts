import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { measureTar } from "../../layer/lifecycle-tar.ts";
import type { TarItem } from "../../layer/tar-stream.ts";
import { type Memory, parseMemory, type StoredTarName } from "../memory/memory.ts";
import { type CachedLayers, describeLayers } from "./cache.ts";
import { cacheTarPath, fileSize, memoryIn, metadataIn } from "./cache-directory.ts";
import { type OldMetadata, parseOldMetadata } from "./old-metadata.ts";
import type { StoredTar, TarOrigin, TarStore } from "./tar-store.ts";

/**
 * Whether a mount holds what `writeCache` would write, as far as that shows without reading large layers anew. It is only looked at.
 * `report` then hears what `writeCache` would have said.
 */
export function isCacheCurrent(
  { cacheDirectory, ...layers }: CachedLayers & { readonly cacheDirectory: ByteString },
  report: (diagnostic: Diagnostic) => void,
): boolean {
  const said: Diagnostic[] = [];
  const cache = heldIn(cacheDirectory);
  if (cache === undefined) return false;
  try {
    const { metadata, memory } = describeLayers(layers, {
      ...{ tars: new HeldTars(cacheDirectory), old: cache.old, oldMemory: cache.oldMemory },
      ...{ log: () => undefined, report: (diagnostic) => void said.push(diagnostic) },
    });
    if (metadata !== cache.metadata || memory !== cache.memory) return false;
  } catch {
    // What is wrong is told by whoever writes, as a warning: the image is as good without a cache.
    return false;
  }
  for (const diagnostic of said) report(diagnostic);
  return true;
}

interface HeldCache {
  readonly metadata: string;
  readonly old: OldMetadata;
  /** Empty: nothing is remembered. */
  readonly memory: string;
  readonly oldMemory: Memory | undefined;
}

/** Undefined: there is no cache, or none that can be read. */
function heldIn(directory: ByteString): HeldCache | undefined {
  const committed = `${directory}/committed`;
  try {
    const metadata = metadataIn(committed);
    if (metadata === undefined) return undefined;
    const memory = memoryIn(committed) ?? "";
    return { metadata, old: parseOldMetadata(metadata), memory, oldMemory: parseMemory(memory) };
  } catch {
    // What is odd there is repaired by whoever writes.
    return undefined;
  }
}

/** A layer is not in the cache, or would have to be read to know. */
class NotHeldError extends Error {}

/** What is read of a layer that a buildpack has made anew, to find the same in the cache. */
const maxReadBytes = 16 << 20;

/** Finds tars in a cache, by digest and size: a restorer compares each with its digest. */
class HeldTars implements TarStore {
  readonly #directory: ByteString;

  constructor(directory: ByteString) {
    this.#directory = directory;
  }

  store(items: () => Iterable<TarItem>, oldSha: string, origin: TarOrigin): StoredTar {
    if (origin === "restored") {
      const sizeBytes = fileSize(cacheTarPath(this.#directory, oldSha));
      if (sizeBytes === undefined) throw new NotHeldError();
      return { sha: oldSha, kept: true, sizeBytes };
    }
    const { sha, sizeBytes } = measureTar(upTo(maxReadBytes, items()), () => undefined);
    if (sha !== oldSha) throw new NotHeldError();
    this.keep({ sha, sizeBytes });
    return { sha, kept: true, sizeBytes };
  }

  keep({ sha, sizeBytes }: StoredTarName): void {
    if (fileSize(cacheTarPath(this.#directory, sha)) !== sizeBytes) throw new NotHeldError();
  }
}

/** Throws NotHeldError instead of reading more than that. */
function* upTo(limitBytes: number, items: Iterable<TarItem>): Generator<TarItem, void, undefined> {
  let leftBytes = limitBytes;
  for (const item of items) {
    leftBytes -= item.header.length + (item.content?.sizeBytes ?? 0);
    if (leftBytes < 0) throw new NotHeldError();
    yield item;
  }
}
