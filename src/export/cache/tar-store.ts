import type { ByteString } from "../../layer/byte-string.ts";
import type { TarItem } from "../../layer/tar-stream.ts";
import type { StoredTarName } from "../memory/memory.ts";

export type StoredTar = { readonly sha: string; readonly kept: boolean; readonly sizeBytes: number };

/**
 * What is known of a tar before its files are read: `restored`, a layer that came out of the old tar of it and is unchanged;
 * `made`, one that may be any other; `documents`, a few files about layers.
 */
export type TarOrigin = "restored" | "made" | "documents";

/** Takes tars, and says what they are. In: a function that starts the stream anew; the digest of an older one. */
export interface TarStore {
  readonly store: (items: () => Iterable<TarItem>, oldSha: string, origin: TarOrigin) => StoredTar;
  /** Takes a tar as it is. In: where it lies, should it not be there already. */
  readonly keep: (tar: StoredTarName, path: ByteString) => void;
}
