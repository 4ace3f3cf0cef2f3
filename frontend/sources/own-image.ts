import { existsSync, readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { DefinitionSchema } from "../generated/ops_pb.js";
import { type State, stateOf } from "../graph/llb.ts";

/** Where BuildKit mounts the definition of the image that it started us from. */
const definitionFile = "/run/config/buildkit/metadata/frontend.bin";

/** Our own image, which holds the export program: no other image of ours has to be named or found. */
export function ownImage(): State {
  if (!existsSync(definitionFile)) {
    throw new Error(`${definitionFile} does not exist: BuildKit must start this program, as a frontend`);
  }
  const state = stateOf(fromBinary(DefinitionSchema, readFileSync(definitionFile)));
  if (state === undefined) throw new Error(`${definitionFile} is empty`);
  return state;
}
