import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { StepWarnings, warningSteps } from "../../../frontend/failures/step-warnings.ts";
import type { SolveRequest } from "../../../frontend/generated/gateway_pb.js";
import { type Definition, DefinitionSchema, OpSchema } from "../../../frontend/generated/ops_pb.js";
import { file, stateOf } from "../../../frontend/graph/llb.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { digestOf } from "../../../src/image/digest.ts";
import type { FakeScript } from "../../helpers/fake-buildkit.ts";
import { connected } from "../../helpers/frontend.ts";

const program = "/cnb-dockerfile/export.mjs";
const diagnostic = { code: "export/empty-source", message: "The app has no files.", hint: "Look." };
const reported = { ...diagnostic, severity: "warning" };
/** Of an earlier build. */
const warning = { ...diagnostic, printedMs: performance.timeOrigin - 1 };

/** A chain of steps, the last of which is the result. In: the words of each. */
function chain(...steps: readonly (readonly string[])[]): Definition {
  const tool = file("/tool", "tool", "tool");
  let last = tool.digest;
  const executed = steps.map((args) => {
    const value = { meta: { args: [...args] }, mounts: [{ input: 0n, dest: "/", output: 0n }] };
    const inputs = [{ digest: last, index: 0n }];
    const bytes = toBinary(OpSchema, create(OpSchema, { inputs, op: { case: "exec", value } }));
    last = digestOf(bytes);
    return bytes;
  });
  const result = toBinary(OpSchema, create(OpSchema, { inputs: [{ digest: last, index: 0n }] }));
  const below = Array.from(tool.operations.values(), ({ bytes }) => bytes);
  return create(DefinitionSchema, { def: [...below, ...executed, result] });
}

const source = ["node", program, "source", "--warnings=/w/source.json"];
const added = ["node", program, "module", "--warnings=/w/buildpack-1.json"];
const exported = ["node", program, "export", "--warnings=/image/warnings.json"];

/** A BuildKit in which a step's result is called by its digest. */
const solve: NonNullable<FakeScript["solve"]> = ({ definition }: SolveRequest) => ({
  result: { case: "ref", value: { id: (definition && stateOf(definition)?.digest) ?? "" } },
});

async function said(definitions: readonly Definition[], script: FakeScript = {}) {
  const [definition] = definitions;
  const steps = definition === undefined ? [] : warningSteps(definition);
  const refs = Object.fromEntries(
    steps.map(({ state, file: path }) => [state.digest, { [path]: JSON.stringify([warning]) }]),
  );
  const { fake, gateway } = connected({ solve, refs, ...script });
  const found: Diagnostic[] = [];
  const warnings = new StepWarnings(gateway);
  await warnings.readBefore(definitions);
  warnings.tell((one) => void found.push(one));
  return { fake, found };
}

describe("warnings of steps that ran before the image's", () => {
  it("are known by their flag, and each is asked for with what leads to it alone", () => {
    const definition = chain(
      added,
      ["sh", "--warnings=/w/x.json"],
      source,
      ["node", program, "files"],
      exported,
    );
    const steps = warningSteps(definition);
    expect(steps.map(({ file: path }) => path)).toEqual(["/w/buildpack-1.json", "/w/source.json"]);
    expect(steps.map(({ state }) => state.operations.size)).toEqual([2, 4]);
    for (const { state } of steps) expect([...state.operations.keys()].at(-1)).toBe(state.digest);
  });

  it("are reported, and one step of several platforms is asked once", async () => {
    const { fake, found } = await said([chain(source, exported), chain(source, ["node", "other"], exported)]);
    expect(found).toEqual([reported]);
    expect(fake.solved).toHaveLength(1);
  });

  it("are none where the step failed, which is told with the image", async () => {
    const { found } = await said([chain(source, exported)], {
      solve: () => {
        throw new Error("the step failed");
      },
    });
    expect(found).toEqual([]);
  });
});

describe("a file of warnings", () => {
  async function read(...contents: readonly (string | undefined)[]) {
    const files = contents.flatMap((content, index) =>
      content === undefined ? [] : [[`/${index}`, content]],
    );
    const refs = { ref: Object.fromEntries(files) };
    const { gateway } = connected({ solve: () => ({ result: { case: "ref", value: { id: "ref" } } }), refs });
    const found: Diagnostic[] = [];
    const warnings = new StepWarnings(gateway);
    const ref = await gateway.solveGraph(chain(source), true);
    for (const index of contents.keys()) await warnings.read(ref, `/${index}`);
    warnings.tell((one) => void found.push(one));
    return found;
  }

  it("may say nothing, or be none", async () => {
    expect(await read("[]")).toEqual([]);
    expect(await read(undefined)).toEqual([]);
  });

  it.each([
    ["no JSON", "]"],
    ["another form", '{"code":"a/b"}'],
    ["a code that leads elsewhere", JSON.stringify([{ ...warning, code: "../../x" }])],
    ["a message that is none", JSON.stringify([{ ...warning, message: 7 }])],
    ["no time", JSON.stringify([diagnostic])],
    ["too many", JSON.stringify(Array.from({ length: 101 }, () => warning))],
  ])("of somebody else's is left alone: %s", async (_, content) => {
    expect(await read(content)).toEqual([]);
  });

  it("is not told again in the build that printed it", async () => {
    const now = { ...warning, message: "now", printedMs: Date.now() };
    expect(await read(JSON.stringify([now, warning]))).toEqual([reported]);
    // One step ran, and BuildKit answered for another that says the same.
    const again = JSON.stringify([{ ...now, printedMs: 1 }]);
    expect(await read(JSON.stringify([now]), again)).toEqual([]);
    expect(await read(again, JSON.stringify([now]))).toEqual([]);
    expect(await read(again, again)).toHaveLength(1);
  });

  it("is no error, whatever else it says", async () => {
    expect(await read(JSON.stringify([{ ...warning, severity: "error", location: {} }]))).toEqual([reported]);
  });
});
