import { describe, expect, it } from "vitest";
import { builder, orderLines } from "../helpers/builders.ts";
import { codesOf, faultsOf } from "../helpers/errors.ts";

const lifecycle = (apis: object) => ({ metadata: { lifecycle: { version: "0.21.0", ...apis } } });

describe("a builder", () => {
  it("says what it holds", () => {
    const { user, lifecycleVersion, platformApis, order, buildpacks, extensions } = builder();
    expect({ user, lifecycleVersion, platformApis, extensions }).toEqual({
      user: { uid: 1002, gid: 1000 },
      lifecycleVersion: "0.21.0",
      platformApis: ["0.14", "0.15"],
      extensions: new Map(),
    });
    expect(orderLines(order)).toEqual(["a/one@1.0.0 a/three@3.0.0?", "a/two@2.0.0"]);
    expect(buildpacks.get("a/two")?.map(({ version }) => version)).toEqual(["2.0.0", "2.1.0"]);
  });

  it("names its run images before the one of its stack", () => {
    const runs = (metadata: object) => builder({ metadata }).runImages.map(({ image }) => image);
    const stack = { runImage: { image: "old/run" } };
    expect(runs({ stack })).toEqual(["acme/run:24", "old/run"]);
    expect(runs({ stack, images: null })).toEqual(["old/run"]);
    expect(runs({ stack: null, images: [] })).toEqual([]);
  });

  it("counts the Platform APIs that its lifecycle deprecates, too", () => {
    const apis = { platform: { deprecated: ["0.12"], supported: ["0.13"] } };
    expect(builder(lifecycle({ apis })).platformApis).toEqual(["0.12", "0.13"]);
  });

  it("has one Platform API where an old lifecycle names only that", () => {
    expect(builder(lifecycle({ api: { platform: "0.12" } })).platformApis).toEqual(["0.12"]);
  });

  it("has groups of image extensions, and knows their versions", () => {
    const labels = {
      "io.buildpacks.buildpack.order-extensions": [{ group: [{ id: "x/b" }, { id: "x/a", version: "1" }] }],
      "io.buildpacks.extension.layers": { "x/a": { "1": { api: "0.10" } }, "x/b": { "2": { api: "0.9" } } },
    };
    const { extensionOrder, extensions } = builder({ labels });
    expect(extensionOrder).toEqual([
      [
        { id: "x/b", optional: false },
        { id: "x/a", version: "1", optional: false },
      ],
    ]);
    expect(Array.from(extensions, ([id, [one]]) => [id, one?.version, one?.api])).toEqual([
      ["x/a", "1", "0.10"],
      ["x/b", "2", "0.9"],
    ]);
  });

  it.each(["", "null", "[]"])("without an order (%j) has none", (label) => {
    expect(builder({ labels: { "io.buildpacks.buildpack.order": label } }).order).toEqual([]);
  });
});

describe("no builder", () => {
  it("is an image without the builder's label", () => {
    expect(codesOf(() => builder({ labels: { "io.buildpacks.builder.metadata": "" } }))).toEqual([
      "builder/not-a-builder",
    ]);
  });

  it.each([
    [[]],
    [["CNB_USER_ID=1002"]],
    [["CNB_USER_ID=cnb", "CNB_GROUP_ID=cnb"]],
    [["CNB_USER_ID=0", "CNB_GROUP_ID=0"]],
    [["CNB_USER_ID=4294967295", "CNB_GROUP_ID=1000"]],
  ])("is an image with the environment %j: its user is missing, no number, or root", (env) => {
    expect(codesOf(() => builder({ env }))).toEqual(["builder/no-user"]);
  });

  it("is one whose lifecycle says nothing of itself, and everything missing is told", () => {
    expect(codesOf(() => builder({ metadata: { lifecycle: null }, env: [] }))).toEqual([
      "builder/no-lifecycle",
      "builder/no-platform-api",
      "builder/no-user",
    ]);
  });

  it.each([
    ["{", /is not JSON/],
    [{ lifecycle: 1 }, /lifecycle should be .* is 1/],
    [[1, 2].join(), /is not JSON/],
    ['"text"', /it should be Object, but is "text"/],
  ])("is one whose label is %j", (label, reason) => {
    const [fault] = faultsOf(() => builder({ labels: { "io.buildpacks.builder.metadata": label } }));
    expect(fault).toMatchObject({
      code: "builder/label-unreadable",
      location: { keyPath: "io.buildpacks.builder.metadata" },
    });
    expect(fault?.message).toMatch(reason);
  });
});
