import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { DefinitionSchema, OpMetadataSchema } from "../../../frontend/generated/ops_pb.js";
import { withShortTitles } from "../../../frontend/graph/short-titles.ts";

const titled = (title: string) =>
  create(DefinitionSchema, {
    def: [Buffer.from("x")],
    metadata: {
      a: create(OpMetadataSchema, {
        ignoreCache: true,
        description: { "llb.customname": title, other: "o" },
      }),
      b: create(OpMetadataSchema, {}),
    },
  });
const shortened = (title: string) => withShortTitles(titled(title)).metadata.a?.description["llb.customname"];
const mount = (key: string) =>
  `--mount=type=secret,id=db.${key},target=/platform/bindings/db/${key},uid=1000,mode=0400,required`;

it("a step's title says how many secrets it mounts, and keeps all else", () => {
  const keys = ["type", "host", "password"].map(mount).join(" ");
  expect(
    shortened(`[build 1/1] RUN --mount=type=bind,from=x ${keys} --network=none ["/cnb/lifecycle/builder"]`),
  ).toBe('[build 1/1] RUN --mount=type=bind,from=x (3 secrets) --network=none ["/cnb/lifecycle/builder"]');
  expect(shortened(`[detect 2/2] RUN ${mount("a")} ["x"]`)).toBe('[detect 2/2] RUN (1 secret) ["x"]');
});

it("a step's title names the phase that our program starts, and not the way there", () => {
  const start = '["/cnb-dockerfile/native/ld",      "--library-path",      "/x", "phase",      "--",      ';
  const binds = "--mount=type=bind,from=tool,source=/a,target=/a     --mount=type=cache,id=a,sharing=locked";
  expect(
    shortened(
      `[restore 2/2] RUN --network=none     ${binds} ${start}"/cnb/lifecycle/restorer",      "-cache-dir"]`,
    ),
  ).toBe('[restore 2/2] RUN ["/cnb/lifecycle/restorer",      "-cache-dir"]');
  expect(
    shortened(
      `[build 1/1] RUN ${binds}     ${mount("a")}     ${mount("b")} ${start}"/cnb/lifecycle/builder"]`,
    ),
  ).toBe('[build 1/1] RUN (2 secrets) ["/cnb/lifecycle/builder"]');
});

it("what a step does is left as it is", () => {
  const before = titled(`RUN ${mount("a")}`);
  const after = withShortTitles(before);
  expect(after.def).toBe(before.def);
  expect(after.metadata.a).toMatchObject({ ignoreCache: true, description: { other: "o" } });
  expect(after.metadata.b).toBe(before.metadata.b);
});

it("a graph without secrets is the same graph", () => {
  const definition = titled("[build 1/1] RUN x");
  expect(withShortTitles(definition)).toBe(definition);
});
