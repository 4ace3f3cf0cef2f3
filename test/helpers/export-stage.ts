import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type Definition,
  DefinitionSchema,
  type MountSchema,
  MountType,
  OpSchema,
} from "../../frontend/generated/ops_pb.js";
import { definitionFor, file } from "../../frontend/graph/llb.ts";
import { digestOf } from "../../src/image/digest.ts";

type MountInit = MessageInitShape<typeof MountSchema>;

/** What the stage `build` of a fake BuildKit holds. */
export const buildStage = file("/a", "text", "the build's files");
/** A helper image of a fake BuildKit. */
const tool = file("/tool", "tool", "tool");

export const layersMount: MountInit = {
  ...{ input: 1n, dest: "/layers", output: -1n, readonly: true, selector: "/layers" },
};
export const cacheMount: MountInit = {
  ...{ input: -1n, dest: "/cache", output: -1n, mountType: MountType.CACHE },
};
export const forImage = "CNB_DOCKERFILE_ASSEMBLE=image";

export interface ExportStage {
  readonly title?: string;
  readonly env?: readonly string[];
  readonly mounts?: readonly MountInit[];
}

/** The stage `export` as BuildKit's own Dockerfile frontend gives it: one program, with the lines that it comes from. */
export function exportStage({
  title = "[export 1/1] RUN node",
  env = [forImage],
  mounts = [layersMount],
}: ExportStage = {}): Definition {
  const root = { input: 0n, dest: "/", output: 0n };
  const inputs = [tool, buildStage].map(({ digest, index }) => ({ digest, index }));
  const value = { meta: { args: ["node"], env: [...env] }, mounts: [root, ...mounts] };
  const step = toBinary(OpSchema, create(OpSchema, { inputs, op: { case: "exec", value } }));
  const digest = digestOf(step);
  const result = toBinary(OpSchema, create(OpSchema, { inputs: [{ digest, index: 0n }] }));
  const below = [tool, buildStage].map(definitionFor);
  return create(DefinitionSchema, {
    def: [...below.flatMap(({ def }) => def.slice(0, -1)), step, result],
    metadata: {
      ...Object.assign({}, ...below.map(({ metadata }) => metadata)),
      [digest]: { description: { "llb.customname": title }, ignoreCache: true },
    },
    source: { locations: { [digest]: { locations: [{ sourceIndex: 0 }] } } },
  });
}
