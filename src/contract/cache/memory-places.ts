/** Below the directory that `offerMemory` writes: which layers were offered, and their contents. */
export const offeredFile = "/layers.json";
export const contentsDirectory = "/contents";
export const contentsOf = (sha: string): string => `${contentsDirectory}/${sha}.tar`;

/** Name of the one directory in the tar of a layer. */
export const recalledName = "layer";

/** What `memory-look` writes where something is remembered; else the file is empty. */
export const memoryThere = "remembered";
