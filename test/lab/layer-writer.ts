import { makeOwnProgram } from "./own-program.ts";

/** Path of our Go program that makes trees and writes layers of them. */
export function makeLayerWriter(): Promise<string> {
  return makeOwnProgram("layer-writer", "the layer writer");
}
