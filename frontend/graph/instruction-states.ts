import { fromBinary } from "@bufbuild/protobuf";
import { type Op, OpSchema } from "../generated/ops_pb.js";
import type { State } from "./llb.ts";

/**
 * The file systems that the instructions of a Dockerfile leave, one after the other, above the one that they begin with; the last is the
 * result. In: where they begin, and the result. Undefined: the graph does not lead there by steps that each change one file system.
 */
export function instructionStates(from: State | undefined, result: State | undefined): State[] | undefined {
  const found: State[] = [];
  let state = result;
  while (state !== undefined && !isSame(state, from)) {
    found.unshift(state);
    const input = baseOf(state);
    if (input === "nothing") state = undefined;
    else if (input === undefined) return undefined;
    else state = { ...input, operations: state.operations };
  }
  return state === undefined && from !== undefined ? undefined : found;
}

function isSame(one: State, other: State | undefined): boolean {
  return one.digest === other?.digest && one.index === other.index;
}

/** What an operation changes. Undefined: it is of another kind. */
function baseOf({ digest, index, operations }: State): Op["inputs"][number] | "nothing" | undefined {
  const bytes = operations.get(digest)?.bytes;
  if (bytes === undefined) return undefined;
  const { inputs, op } = fromBinary(OpSchema, bytes);
  const inputAt = (at: bigint) => (at < 0n ? "nothing" : inputs[Number(at)]);
  switch (op.case) {
    case "exec": {
      const mount = op.value.mounts.find(({ output }) => output === index);
      return mount?.dest === "/" ? inputAt(mount.input) : undefined;
    }
    case "file": {
      const { actions } = op.value;
      let action = actions.find(({ output }) => output === index);
      while (action !== undefined && Number(action.input) >= inputs.length) {
        action = actions[Number(action.input) - inputs.length];
      }
      return action === undefined ? undefined : inputAt(action.input);
    }
    case "merge":
      // `COPY --link`: what is copied lies on what was there.
      return op.value.inputs.length === 2 ? inputAt(op.value.inputs[0]?.input ?? -1n) : undefined;
    default:
      return undefined;
  }
}
