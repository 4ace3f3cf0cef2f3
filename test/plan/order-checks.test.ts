import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { missingBuildpacks } from "../../src/plan/order/missing-buildpacks.ts";
import { checkOrder } from "../../src/plan/order/order-checks.ts";
import { builder } from "../helpers/builders.ts";

type Layers = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Builder with these buildpacks; each group of its order is a list of `id@version`. */
function made(layers: Layers, ...order: string[][]) {
  const own = builder({
    labels: {
      "io.buildpacks.buildpack.layers": layers,
      "io.buildpacks.buildpack.order": order.map((group) => ({ group: group.map(entry) })),
    },
  });
  return { own, order: own.order, buildpacks: own.buildpacks };
}
const entry = (text: string) => {
  const [id, version] = text.split("@");
  return { id, version };
};
const composite = (...order: string[][]) => ({ order: order.map((group) => ({ group: group.map(entry) })) });

describe("buildpacks that an order names and that are nowhere", () => {
  const said = (layers: Layers, ...groups: string[][]) => {
    const { order, buildpacks } = made(layers, ...groups);
    const found = missingBuildpacks({ order, buildpacks, modules: [], builderName: "b" });
    return found.map(({ code, message }: Diagnostic) => `${code}: ${message}`);
  };

  it("are errors where detection comes to them first, also in a composite of a composite", () => {
    const layers = { top: { "1": composite(["mid@1"]) }, mid: { "1": composite(["leaf@1"]) } };
    expect(said(layers, ["top@1"])).toEqual([
      "plan/buildpack-missing: The order of mid@1 names leaf@1, but neither the builder nor the project has it.",
    ]);
  });

  it("are named with the versions that there are", () => {
    expect(said({ top: { "1": composite(["leaf@1"]) }, leaf: { "2": {}, "3": {} } }, ["top@1"])[0]).toMatch(
      /names leaf@1, .* has it, only version 2.*3\.$/,
    );
  });

  it("are warnings in groups that come later", () => {
    const layers = { a: { "1": {} }, top: { "1": composite(["a@1"], ["gone@1"]) } };
    expect(said(layers, ["top@1"])).toMatchObject([
      expect.stringMatching(/^plan\/buildpack-missing-later: /),
    ]);
    expect(said(layers, ["a@1"], ["gone@1"])).toMatchObject([
      expect.stringMatching(/^plan\/buildpack-missing-later: /),
    ]);
  });

  it("are none where all are there, or where labels name no buildpack", () => {
    expect(said({ a: { "1": {} }, top: { "1": composite(["a@1"]) } }, ["top@1"], ["a@1"])).toEqual([]);
    expect(said({}, ["gone@1"])).toEqual([]);
  });

  it("point at the entry that brought the composite in", () => {
    const { order, buildpacks } = made({ top: { "1": composite(["leaf@1"]) } }, ["top@1"]);
    const location = { file: "project.toml", keyPath: "io.buildpacks.group[0].uri" };
    const buildpack = { id: "top", version: "1", targets: [], order: [] };
    const content = { kind: "directory", path: "bp" } as const;
    const modules = [{ content, location, buildpacks: [buildpack] }];
    expect(missingBuildpacks({ order, buildpacks, modules, builderName: "b" })).toMatchObject([{ location }]);
  });
});

describe("a buildpack for another distribution than the run image's", () => {
  const distros = (...list: object[]) => ({ targets: [{ os: "linux", arch: "amd64", distros: list }] });
  const jammy = { name: "ubuntu", version: "22.04" };
  const check = (targets: object, distribution?: { name: string; version: string }) => {
    const { own, order, buildpacks } = made({ a: { "1": targets } }, ["a@1"]);
    return checkOrder(order, buildpacks, [], own, "b", distribution).map(({ message }) => message);
  };

  it("is told with both", () => {
    expect(check(distros(jammy, { name: "debian" }), { name: "ubuntu", version: "24.04" })).toEqual([
      "The buildpack a@1 does not support linux/amd64 with ubuntu 24.04, the run image's distribution; it supports linux/amd64 with ubuntu 22.04, linux/amd64 with debian. No group of the order supports that platform.",
    ]);
  });

  it.each([
    ["its own", distros(jammy), jammy],
    ["any version of it", distros({ name: "ubuntu" }), jammy],
    ["no distribution named", distros(), jammy],
    ["one that the run image's labels do not say", distros(jammy), undefined],
    ["a run image that says its name alone", distros(jammy), { name: "ubuntu", version: "" }],
  ])("is nothing to tell of with %s", (_, targets, distribution) => {
    expect(check(targets, distribution)).toEqual([]);
  });
});
