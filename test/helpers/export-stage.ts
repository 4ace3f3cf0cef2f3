import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type Definition,
  DefinitionSchema,
  type MountSchema,
  MountType,
  OpSchema,
} from "../../frontend/generated/ops_pb.js";
import { file, type RunMount, run, type State } from "../../frontend/graph/llb.ts";
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
  /** What holds the build's files. */
  readonly build?: State;
}

/** A stage `build` whose step is given the restored layers from a path in another stage. */
export function buildUpon(restore: State, path: string): State {
  const mount: RunMount = { state: restore, source: path, target: "/cnb-dockerfile/restored" };
  const platform = { os: "linux", architecture: "amd64" };
  return run({ root: tool, argv: ["build"], env: [], platform, mounts: [mount], output: "/built" }, "build");
}

/** The stage `export` as BuildKit's own Dockerfile frontend gives it: one program, with the lines that it comes from. */
export function exportStage({
  title = "[export 1/1] RUN node",
  env = [forImage],
  mounts = [layersMount],
  build = buildStage,
}: ExportStage = {}): Definition {
  const root = { input: 0n, dest: "/", output: 0n };
  const inputs = [tool, build].map(({ digest, index }) => ({ digest, index }));
  const value = { meta: { args: ["node"], env: [...env] }, mounts: [root, ...mounts] };
  const step = toBinary(OpSchema, create(OpSchema, { inputs, op: { case: "exec", value } }));
  const digest = digestOf(step);
  const result = toBinary(OpSchema, create(OpSchema, { inputs: [{ digest, index: 0n }] }));
  const all = new Map([tool, build].flatMap(({ operations }) => [...operations]));
  return create(DefinitionSchema, {
    def: [...Array.from(all.values(), ({ bytes }) => bytes), step, result],
    metadata: {
      ...Object.fromEntries(Array.from(all, ([name, { metadata }]) => [name, metadata] as const)),
      [digest]: { description: { "llb.customname": title }, ignoreCache: true },
    },
    source: { locations: { [digest]: { locations: [{ sourceIndex: 0 }] } } },
  });
}
