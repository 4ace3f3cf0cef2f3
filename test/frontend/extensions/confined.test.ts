import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { confined } from "../../../frontend/extensions/confined.ts";
import {
  type Definition,
  DefinitionSchema,
  type ExecOpSchema,
  MountType,
  NetMode,
  OpSchema,
  SecurityMode,
} from "../../../frontend/generated/ops_pb.js";
import { stateOf, operationsOf as statesOf } from "../../../frontend/graph/llb.ts";
import { digestOf } from "../../../src/image/digest.ts";
import { codesOf } from "../../helpers/errors.ts";
import { operationsOf } from "../../helpers/fake-buildkit.ts";

function definition(op: MessageInitShape<typeof OpSchema>): Definition {
  const bytes = toBinary(OpSchema, create(OpSchema, op));
  const result = create(OpSchema, { inputs: [{ digest: digestOf(bytes), index: 0n }] });
  return create(DefinitionSchema, { def: [bytes, toBinary(OpSchema, result)] });
}

const step = (exec: MessageInitShape<typeof ExecOpSchema>) =>
  definition({ op: { case: "exec", value: { mounts: [{ dest: "/" }], ...exec } } });
const source = (identifier: string, attrs: Record<string, string> = {}) =>
  definition({ op: { case: "source", value: { identifier, attrs } } });

const usual = {
  ...{ dockerfile: { id: "acme/curl", kind: "build" as const }, given: [] },
  ...{ hasNetwork: true, hasHostNetwork: false },
};

describe("a step is refused that asks for", () => {
  it.each<[string, MessageInitShape<typeof ExecOpSchema>]>([
    ["a secret", { mounts: [{ dest: "/s", mountType: MountType.SECRET }] }],
    ["a secret in a variable", { secretenv: [{ id: "token" }] }],
    ["an ssh agent", { mounts: [{ dest: "/s", mountType: MountType.SSH }] }],
    ["a device", { cdiDevices: [{ name: "acme/gpu" }] }],
    ["the network of the machine", { network: NetMode.HOST }],
    ["the rights of the machine", { security: SecurityMode.INSECURE }],
  ])("%s", (_, exec) => {
    expect(codesOf(() => confined(step(exec), usual))).toEqual(["frontend/extension-forbidden"]);
  });

  it("a download, where it has no network", () => {
    for (const identifier of ["https://acme.example/x", "git://acme.example/x.git"]) {
      expect(codesOf(() => confined(source(identifier), { ...usual, hasNetwork: false }))).toEqual([
        "frontend/extension-forbidden",
      ]);
    }
  });
});

it("a step of what it was given, as the image below or the context, is none of the extension's", () => {
  const graph = step({ mounts: [{ dest: "/s", mountType: MountType.SECRET }] });
  const state = stateOf(graph);
  expect([...statesOf(graph).keys()]).toEqual([...(state?.operations.keys() ?? [])]);
  expect(confined(graph, { ...usual, given: [undefined, state] })).toBe(graph);
});

it("the network of the machine is allowed where whoever builds gives it to all steps", () => {
  const graph = step({ network: NetMode.HOST });
  expect(confined(graph, { ...usual, hasHostNetwork: true })).toBe(graph);
});

it("without network, each step has none, whatever its Dockerfile says", () => {
  const [op] = operationsOf(confined(step({ network: NetMode.UNSET }), { ...usual, hasNetwork: false }));
  expect(op?.op).toMatchObject({ case: "exec", value: { network: NetMode.NONE } });
});

it("what is downloaded is asked for without the client's credentials", () => {
  const attrs = {
    "git.authtokensecret": "GIT_AUTH_TOKEN",
    "git.authheadersecret": "GIT_AUTH_HEADER",
    "git.mountsshsock": "default",
    "http.authheadersecret": "HTTP_AUTH_HEADER_acme.example",
    "git.fullurl": "https://acme.example/x.git",
  };
  const [op] = operationsOf(confined(source("git://acme.example/x.git", attrs), usual));
  expect(op?.op.case === "source" ? op.op.value.attrs : undefined).toEqual({
    "git.fullurl": "https://acme.example/x.git",
  });
});
