import type { Border } from "../../src/files/border.ts";

/** For tests that are not about it: all of this machine belongs to the project, and no link stands in the way of outputs. */
export const wholeMachine: Border = { directory: "/", outputs: [] };
