import { expect, it } from "vitest";
import { instructionStates } from "../../../frontend/graph/instruction-states.ts";
import { copy, file, files, merge, run } from "../../../frontend/graph/llb.ts";

const base = file("/base", "", "base");
const other = file("/other", "", "other");
const written = files(
  [
    { path: "/one", content: "" },
    { path: "/two", content: "" },
  ],
  "write",
  base,
);
const copied = copy(
  [{ from: other, source: "/", destination: "/" }],
  { onto: written, without: ["/one"] },
  "copy",
);
const linked = merge([copied, other], "copy --link");

it("are the file systems above the one that a Dockerfile begins with, in its order", () => {
  expect(instructionStates(base, linked)?.map(({ digest }) => digest)).toEqual(
    [written, copied, linked].map(({ digest }) => digest),
  );
});

it("are none where nothing is changed", () => {
  expect(instructionStates(base, base)).toEqual([]);
});

it("may begin with nothing", () => {
  expect(instructionStates(undefined, base)).toHaveLength(1);
});

it("are unknown where something else led there", () => {
  const step = run(
    {
      ...{ root: base, argv: ["x"], env: [], mounts: [], output: "/out" },
      platform: { os: "linux", architecture: "amd64" },
    },
    "x",
  );
  expect(instructionStates(base, step)).toBeUndefined();
  expect(instructionStates(other, written)).toBeUndefined();
  expect(instructionStates(base, merge([base, other, other], "three"))).toBeUndefined();
});
