import * as v from "valibot";

/** What an instruction of a Dockerfile did to a file system: `changes.json`, in the order of the instructions. */
const changesSchema = v.array(
  v.strictObject({
    /** Whether it changed nothing but times of directories. */
    isEmpty: v.boolean(),
    /** Absolute paths of what is gone; what was below them is gone, too. */
    deleted: v.array(v.string()),
  }),
);

export type LayerChanges = v.InferOutput<typeof changesSchema>;

/** Below the output directory: the changes, and for each instruction, by its number, the directories that it touched. */
export const changesFile = "/changes.json";

/** Reads the file. Throws ValiError or SyntaxError: it is ours, so a fault in it is our bug. */
export function parseLayerChanges(json: string): LayerChanges {
  return v.parse(changesSchema, JSON.parse(json));
}

export function formatLayerChanges(changes: LayerChanges): string {
  return `${JSON.stringify(changes)}\n`;
}
