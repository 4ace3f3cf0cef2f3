import { makeOwnProgram, ownSource } from "./own-program.ts";
import type { Architecture } from "./tool-list.ts";

export const probeSource = ownSource("probe");

/** Path of our Go program that stands where a builder's lifecycle would and tells how it was called. */
export function probeProgram(architecture: Architecture): Promise<string> {
  return makeOwnProgram("probe", "the probe", architecture);
}
