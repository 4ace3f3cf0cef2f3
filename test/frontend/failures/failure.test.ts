import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { failureStatus } from "../../../frontend/failures/failure.ts";
import { StatusSchema } from "../../../frontend/generated/status_pb.js";
import { diagnose } from "../../../src/diagnostics/diagnose.ts";
import { CompileError, TemporaryError } from "../../../src/diagnostics/diagnostic.ts";
import { connected } from "../../helpers/frontend.ts";

const source = { name: "project.toml", bytes: Buffer.from("[_]\nx = 1\n") };
const wrong = (location: { file: string; line?: number; column?: number }) =>
  new CompileError([diagnose("frontend/no-descriptor", { file: "project.toml" }, location)]);
/** What a client is given of the lines that an error is about. */
const excerpts = (error: unknown, of: typeof source | undefined = source) =>
  failureStatus(error, of).details.map(({ typeUrl, value }) => ({
    typeUrl,
    value: JSON.parse(Buffer.from(value).toString()),
  }));

describe("a fault of the user's", () => {
  it("is told whole: what, where, what to do", () => {
    const { code, message } = failureStatus(wrong({ file: "project.toml", line: 2, column: 1 }), source);
    expect(code).toBe(Code.InvalidArgument);
    expect(message).toMatch(/^error: .* \[frontend\/no-descriptor\]\n {2}at project\.toml:2:1\n {2}fix: /);
  });

  it("goes with the lines that it is about", () => {
    expect(excerpts(wrong({ file: "project.toml", line: 2, column: 3 }))).toEqual([
      {
        typeUrl: "github.com/moby/buildkit/errdefs.Source+json",
        value: {
          info: {
            filename: "project.toml",
            data: Buffer.from("[_]\nx = 1\n").toString("base64"),
            language: "TOML",
          },
          ranges: [{ start: { line: 2, character: 2 }, end: { line: 2, character: 2 } }],
        },
      },
    ]);
  });

  it.each([
    ["of another file", { file: "--build-arg A", line: 1 }, source],
    ["of no line", { file: "project.toml" }, source],
    ["that came before the file was read", { file: "project.toml", line: 1 }, undefined],
  ])("%s has no lines to show", (_, location, of) => {
    expect(failureStatus(wrong(location), of).details).toEqual([]);
  });

  it("that is one of several is told with them", () => {
    const error = new CompileError([
      diagnose("cli/build-arg-without-use", { name: "A" }),
      diagnose("cli/build-arg-without-use", { name: "B" }),
    ]);
    expect(failureStatus(error, source).message).toMatch(/A [\s\S]*\nerror: B /);
  });
});

it("a fault that may pass says so by its code", () => {
  const error = new TemporaryError(diagnose("frontend/image-unavailable", { image: "a", reason: "b" }));
  expect(failureStatus(error, source).code).toBe(Code.Unavailable);
});

it("what BuildKit failed with reaches its client whole, with the names of its details", async () => {
  const status = create(StatusSchema, {
    code: Code.Unknown,
    message: 'process "/bin/true" did not complete successfully: exit code: 51 – ä',
    details: [
      { typeUrl: "github.com/moby/buildkit/errdefs.Source+json", value: Buffer.from("{}") },
      { typeUrl: "github.com/moby/buildkit/stack.Stack+json", value: Buffer.from("{}") },
    ],
  });
  const { gateway } = connected({ failure: (method) => (method === "Ping" ? status : undefined) });
  const error: unknown = await gateway.ping().catch((reason: unknown) => reason);
  const handedOn = failureStatus(error, source);
  expect(Buffer.from(toBinary(StatusSchema, handedOn))).toEqual(Buffer.from(toBinary(StatusSchema, status)));
});

it("a failure without details keeps its code and its text", () => {
  expect(failureStatus(new ConnectError("gone", Code.Canceled), source)).toMatchObject({
    code: Code.Canceled,
    message: "gone",
    details: [],
  });
});

it.each([new TypeError("x is undefined"), "no error at all"])("%s is a bug and keeps its stack", (thrown) => {
  const { code, message } = failureStatus(thrown, source);
  expect(code).toBe(Code.Internal);
  expect(message).toMatch(/^cnb-dockerfile: this is a bug, please report it\.\n/);
  expect(message).toContain(thrown instanceof Error ? (thrown.stack ?? "no stack") : thrown);
});
