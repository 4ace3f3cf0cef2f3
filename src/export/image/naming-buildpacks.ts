import { escapeId } from "../../contract/escape-id.ts";
import type { GroupMember } from "../../contract/group.ts";
import { type ByteString, textOf } from "../../layer/byte-string.ts";
import { below } from "../../layer/walk.ts";
import { asCompileError } from "../file-fault.ts";

/** Where the buildpacks of a build left what they left. */
export interface LayersPlace {
  /** Stands for `/`. */
  readonly root: ByteString;
  readonly layersDirectory: ByteString;
}

/** What is odd below a buildpack's directory is told with its name. */
export function namingBuildpacks<Result>(
  { root, layersDirectory }: LayersPlace,
  group: readonly GroupMember[],
  action: () => Result,
): Result {
  try {
    return action();
  } catch (error) {
    throw asCompileError(error, (path) => {
      const start = textOf(`${below(root, layersDirectory)}/`);
      const [name] = path.startsWith(start) ? path.slice(start.length).split("/") : [];
      return group.find(({ id }) => escapeId(id) === name)?.id;
    });
  }
}
