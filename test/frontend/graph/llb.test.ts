import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { DefinitionSchema, MountContentCache, NetMode } from "../../../frontend/generated/ops_pb.js";
import {
  copy,
  definitionFor,
  file,
  files,
  hasGitSource,
  image,
  local,
  merge,
  platformOf,
  run,
  type State,
  stateOf,
  trace,
  unpack,
} from "../../../frontend/graph/llb.ts";
import { operationsOf } from "../../helpers/fake-buildkit.ts";

const amd64 = platformOf({ os: "linux", architecture: "amd64" });
const base = image("acme/run@sha256:aaaa", amd64, "run image");
const other = file("/a", "text", "a file");

/** The last operation, as BuildKit reads it. */
function opOf(state: State) {
  const op = operationsOf(definitionFor(state)).at(-1);
  if (op === undefined) throw new Error("no operation");
  return op;
}
function actionsOf(state: State) {
  const { op } = opOf(state);
  if (op.case !== "file") throw new Error("no file operation");
  return op.value.actions;
}

describe("a definition", () => {
  const graph = merge(
    [base, other, copy([{ from: other, source: "/", destination: "/x" }], {}, "copy")],
    "all",
  );

  it("lists every operation once, inputs first, each known by the digest of its bytes", () => {
    const { def, metadata } = definitionFor(graph);
    const digests = def.map((bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    const operations = operationsOf(definitionFor(graph));
    expect(new Set(digests).size).toBe(5);
    operations.forEach(({ inputs }, index) => {
      for (const { digest } of inputs) expect(digests.slice(0, index)).toContain(digest);
    });
    expect(Object.keys(metadata).sort()).toEqual(digests.slice(0, -1).sort());
  });

  it("is read back as the State that it was made of", () => {
    const again = stateOf(definitionFor(graph));
    expect(again).toEqual(graph);
    expect(definitionFor(again)).toEqual(definitionFor(graph));
  });

  it("of nothing is empty, both ways", () => {
    expect(definitionFor(undefined).def).toEqual([]);
    expect(stateOf(create(DefinitionSchema))).toBeUndefined();
    expect(stateOf(create(DefinitionSchema, { def: [new Uint8Array()] }))).toBeUndefined();
  });

  it("names each step for the progress, and asks for what not every BuildKit has", () => {
    const { metadata } = definitionFor(merge([base, trace(other, "kept")], "all"));
    const said = Object.values(metadata).map(({ description, caps }) => [
      description["llb.customname"],
      caps,
    ]);
    expect(said).toEqual([
      ["run image", {}],
      ["a file", {}],
      ["kept", { diffop: true }],
      ["all", { mergeop: true }],
    ]);
  });
});

describe("sources", () => {
  it("are an image of one platform", () => {
    expect(opOf(base)).toMatchObject({
      op: { case: "source", value: { identifier: "docker-image://acme/run@sha256:aaaa" } },
      platform: { os: "linux", architecture: "amd64" },
    });
  });

  it("are a directory of the client's, of which some files are sent", () => {
    const state = local("context", { sessionId: "s", sharedKeyHint: "h", followPaths: ["a b"] }, "load");
    expect(opOf(state).op).toMatchObject({
      case: "source",
      value: {
        identifier: "local://context",
        attrs: {
          "local.sessionid": "s",
          "local.sharedkeyhint": "h",
          "local.followpaths": '["a b"]',
        },
      },
    });
  });

  it("of git are known among others", () => {
    expect(hasGitSource(copy([{ from: base, source: "/", destination: "/" }], {}, "x"))).toBe(false);
    const git = { ...base, operations: new Map([...base.operations, ...gitOperation()]) };
    expect(hasGitSource(git)).toBe(true);
  });
});

/** A git source as BuildKit makes one: our own code never does. */
function gitOperation() {
  const made = image("x", amd64, "x");
  const [[digest, { bytes, metadata }] = ["", { bytes: new Uint8Array(), metadata: undefined }]] =
    made.operations;
  if (metadata === undefined) throw new Error("no operation");
  const text = Buffer.from(bytes).toString("latin1").replace("docker-image://x", "git://abcdefghij");
  return new Map([[digest, { bytes: Buffer.from(text, "latin1"), metadata }]]);
}

describe("files", () => {
  it("are made one on top of the other, undated", () => {
    const actions = actionsOf(
      files(
        [
          { path: "/a", content: "1" },
          { path: "/b", content: Buffer.from([0]) },
        ],
        "two",
      ),
    );
    expect(actions).toMatchObject([
      {
        input: -1n,
        secondaryInput: -1n,
        output: -1n,
        action: { value: { path: "/a", mode: 0o644, timestamp: -1n } },
      },
      {
        input: 0n,
        secondaryInput: -1n,
        output: 0n,
        action: { value: { path: "/b", data: Uint8Array.of(0) } },
      },
    ]);
  });

  it("come out of an archive as docker unpacks it", () => {
    expect(actionsOf(unpack(other, "/context", "unpack"))).toMatchObject([
      {
        input: -1n,
        secondaryInput: 0n,
        action: { case: "copy", value: { attemptUnpackDockerCompatibility: true } },
      },
    ]);
  });
});

describe("a copy", () => {
  it("has owner and time on everything, in nanoseconds", () => {
    const attributes = { owner: { uid: 1001, gid: 0 }, timeSeconds: 315_532_801 };
    const state = copy([{ from: other, source: "/layers/a", destination: "/layers/a" }], attributes, "layer");
    expect(actionsOf(state)).toMatchObject([
      {
        input: -1n,
        secondaryInput: 0n,
        output: 0n,
        action: {
          case: "copy",
          value: {
            src: "/layers/a",
            dest: "/layers/a",
            mode: -1,
            dirCopyContents: true,
            createDestPath: true,
            timestamp: 315_532_801_000_000_000n,
            owner: {
              user: { user: { case: "byId", value: 1001 } },
              group: { user: { case: "byId", value: 0 } },
            },
          },
        },
      },
    ]);
  });

  it("of a directory as it is takes its mode along, and of its contents does not", () => {
    const request = { from: other, source: "/workspace", destination: "/workspace" };
    for (const isWhole of [true, false]) {
      expect(actionsOf(copy([{ ...request, isWhole }], {}, "layer"))).toMatchObject([
        { action: { value: { dirCopyContents: !isWhole } } },
      ]);
    }
  });

  it("of several is a chain: each works on the result before it, which counts behind the inputs", () => {
    const requests = [
      { from: other, source: "/a", destination: "/1" },
      { from: base, source: "/b", destination: "/2" },
      { from: other, source: "/c", destination: "/3" },
    ];
    const state = copy(requests, {}, "three");
    expect(
      actionsOf(state).map(({ input, secondaryInput, output }) => [input, secondaryInput, output]),
    ).toEqual([
      [-1n, 0n, -1n],
      [3n, 1n, -1n],
      [4n, 0n, 0n],
    ]);
  });
});

it("a merge lays its inputs upon each other in their order, a trace is the difference of a State to itself", () => {
  const merged = opOf(merge([other, base], "m"));
  expect(merged.inputs.map(({ digest }) => digest)).toEqual([other.digest, base.digest]);
  expect(merged.op).toMatchObject({ case: "merge", value: { inputs: [{ input: 0n }, { input: 1n }] } });
  const traced = opOf(trace(other, "t"));
  expect(traced.inputs.map(({ digest }) => digest)).toEqual([other.digest, other.digest]);
  expect(traced.op).toMatchObject({ case: "diff", value: { lower: { input: 0n }, upper: { input: 1n } } });
});

it("a program runs as root without network, on file systems that it cannot change", () => {
  const state = run(
    {
      root: base,
      argv: ["node", "x"],
      env: ["A=1"],
      platform: amd64,
      mounts: [{ state: other, target: "/layer" }],
      output: "/digest",
    },
    "digest",
  );
  const { op, inputs, platform } = opOf(state);
  expect(inputs.map(({ digest }) => digest)).toEqual([base.digest, other.digest]);
  expect(platform).toMatchObject({ os: "linux", architecture: "amd64" });
  expect(op).toMatchObject({
    case: "exec",
    value: {
      meta: { args: ["node", "x"], env: ["A=1"], cwd: "/", user: "0:0" },
      network: NetMode.NONE,
      mounts: [
        { input: 0n, dest: "/", output: -1n, readonly: true, contentCache: MountContentCache.OFF },
        { input: 1n, dest: "/layer", output: -1n, readonly: true, contentCache: MountContentCache.OFF },
        { input: -1n, dest: "/digest", output: 0n, readonly: false },
      ],
    },
  });
});
