import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import type { ContainerFiles } from "../../../frontend/bridge/gateway.ts";
import { failedBuildpacks } from "../../../frontend/failures/failed-buildpack.ts";
import { StatSchema } from "../../../frontend/generated/stat_pb.js";
import { StatusSchema } from "../../../frontend/generated/status_pb.js";

const exec = {
  mounts: [
    { dest: "/" },
    { input: "1", dest: "/cnb-dockerfile/native" },
    { dest: "/cnb-dockerfile/restored" },
  ],
};
const detail = {
  ...{ inputIDs: ["input", "mount"], mountIDs: ["left", "tool", "restored"] },
  op: { exec, platform: { OS: "linux", Architecture: "amd64" } },
};

/** What BuildKit answers when the phase build fails. */
function failure(value: unknown = detail, program = "builder"): ConnectError {
  const status = create(StatusSchema, {
    code: Code.Unknown,
    message: `process "/cnb/lifecycle/${program}" did not complete successfully: exit code: 51`,
    details: [
      {
        typeUrl: "github.com/moby/buildkit/errdefs.Solve+json",
        value: Buffer.from(JSON.stringify(value)),
      },
    ],
  });
  const header = Buffer.from(toBinary(StatusSchema, status)).toString("base64");
  return new ConnectError(status.message, Code.Unknown, { "grpc-status-details-bin": header });
}

/** Times of the files of each directory below /layers. */
type Layers = Readonly<Record<string, readonly number[]>>;

/** Ids of the buildpacks that are suspected, of a group of three. */
async function suspectsOf(before: Layers, left: Layers): Promise<string[]> {
  const group = ["acme/one", "acme/two", "acme/three"].map(
    (id) => `[[group]]\nid = "${id}"\nversion = "1"\n`,
  );
  const stat = (path: string, time = 0) => create(StatSchema, { path, modTime: BigInt(time) * 10_000n });
  const files: ContainerFiles = {
    read: async () => Buffer.from(group.join("")),
    list: async (result, directory) => {
      const layers = result === 0 ? left : before;
      const name = directory.split("/")[2];
      if (name === undefined) return Object.keys(layers).map((path) => stat(path));
      return (layers[name] ?? []).map((time, index) => stat(`${index}.toml`, time));
    },
  };
  const asked: (readonly string[])[] = [];
  const gateway = {
    withFilesOf: <Found>(ids: readonly string[], look: (files: ContainerFiles) => Promise<Found>) => {
      asked.push(ids);
      return look(files);
    },
  };
  const found = await failedBuildpacks(gateway, failure());
  expect(asked).toEqual([["left", "restored"]]);
  return found.map(({ id }) => id);
}

describe("the buildpack that failed is", () => {
  it.each<[string, Layers, Layers, string[]]>([
    ["the first, if no other was begun", {}, { acme_one: [] }, ["acme/one"]],
    ["the last that was begun", {}, { acme_one: [1], acme_two: [] }, ["acme/two"]],
    [
      "the last one, though layers of others came from the cache",
      { acme_one: [1] },
      { acme_one: [2], acme_two: [], acme_three: [] },
      ["acme/three"],
    ],
    [
      "one that wrote over its layers from the cache, or the next, which has some and wrote nothing",
      { acme_one: [1], acme_two: [1] },
      { acme_one: [2], acme_two: [1] },
      ["acme/one", "acme/two"],
    ],
    [
      "any, if all have layers from the cache and none wrote anything",
      { acme_one: [1], acme_two: [1], acme_three: [1] },
      { acme_one: [1], acme_two: [1], acme_three: [1] },
      ["acme/one", "acme/two", "acme/three"],
    ],
    ["unknown, if none was begun", {}, {}, []],
  ])("%s", async (_, before, left, expected) => {
    expect(await suspectsOf(before, left)).toEqual(expected);
  });
});

describe("no buildpack is suspected", () => {
  const untouched = {
    withFilesOf: () => {
      throw new Error("looked into a container");
    },
  };
  it.each([
    ["of another phase's failure", failure(detail, "restorer")],
    ["where BuildKit keeps no files", failure({})],
    ["of a failure that is no Solve's", new ConnectError("gone", Code.Canceled)],
    ["of a fault of ours", new Error("no")],
  ])("%s", async (_, error) => {
    expect(await failedBuildpacks(untouched, error)).toEqual([]);
  });

  it("where they cannot be looked at", async () => {
    const gateway = { withFilesOf: () => Promise.reject(new ConnectError("no", Code.Unimplemented)) };
    expect(await failedBuildpacks(gateway, failure())).toEqual([]);
  });
});
