import { create, toBinary } from "@bufbuild/protobuf";
import { digestOf } from "../../src/image/digest.ts";
import { type Definition, type ExecOp, InputSchema, type Op, OpSchema } from "../generated/ops_pb.js";
import { type Rewritten, rewrite } from "./rewrite.ts";

/**
 * A graph in which no step mounts one result twice: each further mount gets a result of its own with the same files. Where such a step
 * fails, BuildKit 0.34.0 to 0.34.2 answers a frontend `releasing already released reference` in place of the failure, without the
 * step and its exit code: it releases the result once for each mount. Source: BuildKit, `frontend/gateway/gateway.go`,
 * `registerResultIDsLocked`.
 */
export function withSingleInputs(definition: Definition): Definition {
  return rewrite(definition, (op) => (op.op.case === "exec" ? single(op, op.op.value) : undefined));
}

/** Undefined: it mounts each of its inputs once. */
function single(op: Op, exec: ExecOp): Rewritten | undefined {
  const seen = new Map<string, number>();
  const inputs = [...op.inputs];
  const twins = new Map<string, Op>();
  const mounts = exec.mounts.map((mount) => {
    const input = mount.input < 0n ? undefined : op.inputs[Number(mount.input)];
    if (input === undefined) return mount;
    const name = `${input.digest} ${input.index}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    if (count === 0) return mount;
    const twin = twinOf(input, count);
    const digest = digestOf(toBinary(OpSchema, twin));
    twins.set(digest, twin);
    inputs.push(create(InputSchema, { digest, index: 0n }));
    return { ...mount, input: BigInt(inputs.length - 1) };
  });
  if (twins.size === 0) return undefined;
  return {
    op: { ...op, inputs, op: { case: "exec", value: { ...exec, mounts } } },
    before: [...twins.values()].map((twin) => ({ op: twin, title: "[internal] mount again" })),
  };
}

/** The same files as another result, to BuildKit: a directory that is there is made on it, so many times. */
function twinOf(input: Op["inputs"][number], count: number): Op {
  const value = { path: "/", mode: 0o755, makeParents: true, timestamp: -1n };
  const actions = Array.from({ length: count }, (_, index) => ({
    // The result of the action before, which counts behind the input.
    ...{ input: BigInt(index), secondaryInput: -1n, output: index === count - 1 ? 0n : -1n },
    action: { case: "mkdir" as const, value },
  }));
  return create(OpSchema, { inputs: [input], op: { case: "file", value: { actions } } });
}
