/** Below the directory that `offerMemory` writes: which layers were offered, and their contents. */
export const offeredFile = "/layers.json";
export const contentsDirectory = "/contents";
export const contentsOf = (sha: string): string => `${contentsDirectory}/${sha}.tar`;

/** Name of the one directory in the tar of a layer. */
export const recalledName = "layer";

/** What `memory-look` found, and when: BuildKit answers a step that has run with what it left then. */
interface MemoryLook {
  readonly isRemembered: boolean;
  /** Milliseconds since 1970. */
  readonly lookedMs: number;
}

export function formatMemoryLook({ isRemembered, lookedMs }: MemoryLook): string {
  return `${isRemembered ? "remembered" : "nothing"} ${lookedMs}`;
}

/** Reads it. A program of another release says less: what it says counts as found now. */
export function parseMemoryLook(text: string): MemoryLook {
  const [found, looked] = text.split(" ");
  return { isRemembered: found === "remembered", lookedMs: looked === undefined ? Infinity : Number(looked) };
}
