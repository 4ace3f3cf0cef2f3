import type { ByteString } from "../../layer/byte-string.ts";
import { present } from "../../present.ts";
import { KeptLayers } from "./kept-layers.ts";
import { type BaseRequest, memoryBase } from "./memory.ts";
import type { MemoryRequest } from "./write-memory.ts";

/** What the build was offered of its memory, and where the next one's stands. */
export interface MemoryPlace extends BaseRequest {
  /** What `offerMemory` wrote. */
  readonly keptDirectory: ByteString;
  /** Root of an image that was named, with the layers that were kept of it; absent: none were. */
  readonly previousDirectory?: ByteString;
}

export function memoryIn({ previousDirectory, ...place }: MemoryPlace): MemoryRequest {
  return {
    ...{ base: memoryBase(place), kept: KeptLayers.in(place.keptDirectory) },
    ...present({ previousDirectory }),
  };
}
