import { makeOwnProgram } from "./own-program.ts";
import type { Architecture } from "./tool-list.ts";

/** Path of our Go program that renames and does nothing else. */
export function makeMoves(architecture: Architecture): Promise<string> {
  return makeOwnProgram("moves", "the program that renames", architecture);
}
