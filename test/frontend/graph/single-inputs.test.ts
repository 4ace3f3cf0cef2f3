import { fromBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { type Definition, OpSchema } from "../../../frontend/generated/ops_pb.js";
import { copy, definitionFor, file, run, type State } from "../../../frontend/graph/llb.ts";
import { withSingleInputs } from "../../../frontend/graph/single-inputs.ts";
import { digestOf } from "../../../src/image/digest.ts";

const root = file("/bin/sh", "x", "a shell");
const other = file("/a", "x", "other files");

/** A step with some states mounted, one beside the other, and a copy of what it leaves. */
function stage(states: readonly State[]): Definition {
  const step = run(
    {
      ...{ root, argv: ["sh"], env: [], output: "/out", platform: { os: "linux", architecture: "amd64" } },
      mounts: states.map((state, index) => ({ state, target: `/mount${index}`, source: `/from${index}` })),
    },
    "a step",
  );
  return definitionFor(copy([{ from: step, source: "/", destination: "/" }], {}, "a copy"));
}

/** Each mount of the steps of a graph: where it is, what of, and whether this is made on something else. */
function mountsOf({ def }: Definition) {
  const operations = new Map(def.map((bytes) => [digestOf(bytes), fromBinary(OpSchema, bytes)]));
  return [...operations.values()].flatMap(({ op, inputs }) =>
    op.case !== "exec"
      ? []
      : op.value.mounts.flatMap(({ input, dest, selector }) => {
          const digest = inputs[Number(input)]?.digest;
          const made = digest === undefined ? undefined : operations.get(digest);
          return digest === undefined ? [] : [{ dest, selector, digest, on: made?.inputs[0]?.digest }];
        }),
  );
}

it("a result that is mounted again is one of its own with the same files, from the same place", () => {
  const before = stage([other, other, other, root]);
  const after = withSingleInputs(before);
  const mounts = mountsOf(after);
  expect(mounts.map(({ dest, selector }) => [dest, selector])).toEqual(
    mountsOf(before).map(({ dest, selector }) => [dest, selector]),
  );
  expect(new Set(mounts.map(({ digest }) => digest)).size).toBe(mounts.length);
  expect(mounts.map(({ on }) => on)).toEqual([undefined, undefined, other.digest, other.digest, root.digest]);
});

it("the whole graph holds together, with its titles", () => {
  const { def, metadata } = withSingleInputs(stage([other, other]));
  const digests = def.map(digestOf);
  for (const [index, bytes] of def.entries()) {
    // Inputs stand before what is made of them.
    for (const { digest } of fromBinary(OpSchema, bytes).inputs) {
      expect(digests.slice(0, index)).toContain(digest);
    }
  }
  expect(digests.slice(0, -1).map((digest) => metadata[digest]?.description["llb.customname"])).toEqual([
    ...["a shell", "other files", "[internal] mount again", "a step", "a copy"],
  ]);
});

it("two steps that mount the same result again share one", () => {
  const [one, two] = [1, 2].map((count) =>
    run(
      {
        ...{ root, argv: ["sh", String(count)], env: [], output: "/out" },
        platform: { os: "linux", architecture: "amd64" },
        mounts: [other, other].map((state, index) => ({ state, target: `/mount${index}` })),
      },
      `step ${count}`,
    ),
  );
  const both = copy(
    [one, two].map((from, index) => ({ from, source: "/", destination: `/${index}` })),
    {},
    "both",
  );
  const { def } = withSingleInputs(definitionFor(both));
  // The shell, the files, these again, two steps, a copy, the result.
  expect(def).toHaveLength(7);
});

it("a graph without such a step stays as it is", () => {
  const before = stage([other]);
  expect(withSingleInputs(before)).toBe(before);
});
