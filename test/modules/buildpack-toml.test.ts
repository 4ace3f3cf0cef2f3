import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBuildpackToml } from "../../src/modules/buildpack-toml.ts";
import { faultsOf } from "../helpers/errors.ts";

const place = "buildpacks/tool/buildpack.toml";
const least = 'api = "0.10"\n[buildpack]\nid = "acme/tool"\nversion = "1.2.0"\n';
const read = (text: string) => readBuildpackToml(text, place);
const fault = (text: string) => faultsOf(() => read(text)).map(({ code, location }) => [code, location]);

describe("buildpack.toml", () => {
  it("needs an API, an id and a version, no more", () => {
    expect(read(least)).toEqual({
      api: "0.10",
      id: "acme/tool",
      version: "1.2.0",
      order: [],
      targets: [],
    });
  });

  it("says all that the compiler has to know", () => {
    const text = `${least}name = "Tool"
homepage = "https://example.com"
clear-env = true
exec-env = ["production", "test"]
sbom-formats = ["application/spdx+json"]
[[targets]]
os = "linux"
arch = "arm64"
variant = "v8"
[[targets.distros]]
name = "ubuntu"
version = "24.04"
[[targets]]
[[stacks]]
id = "*"
[metadata]
anything = 1
`;
    expect(read(text)).toMatchObject({
      targets: [
        {
          os: "linux",
          architecture: "arm64",
          variant: "v8",
          distributions: [{ name: "ubuntu", version: "24.04" }],
        },
        { distributions: [] },
      ],
    });
  });

  it("takes the variant by the lifecycle's name for it, too", () => {
    const [target] = read(`${least}[[targets]]\narch-variant = "v7"\nvariant = "v6"\n`).targets;
    expect(target?.variant).toBe("v7");
  });

  it("has the order of a composite buildpack", () => {
    const text = `${least}[[order]]
[[order.group]]
id = "acme/a"
version = "1"
[[order.group]]
id = "acme/b"
optional = true
[[order]]
`;
    expect(read(text).order).toEqual([
      [
        { id: "acme/a", version: "1", optional: false },
        { id: "acme/b", optional: true },
      ],
      [],
    ]);
  });

  it("may have line ends of Windows", () => {
    expect(read(least.replaceAll("\n", "\r\n")).id).toBe("acme/tool");
  });

  it("is read in every fixture of ours", () => {
    const fixtures = join(import.meta.dirname, "../fixtures/buildpacks");
    // `vendor-common` is what some of them share.
    for (const name of readdirSync(fixtures).filter((name) => name !== "vendor-common")) {
      const text = readFileSync(join(fixtures, name, "buildpack.toml"), "utf8");
      expect(read(text).id).toMatch(/^(lab|vendor)\//);
    }
  });

  it("tells everything that is missing at once", () => {
    expect(fault("[buildpack]\nname = 'x'\n")).toEqual([
      ["modules/missing-key", { file: place, keyPath: "api" }],
      ["modules/missing-key", { file: place, keyPath: "buildpack.id" }],
      ["modules/missing-key", { file: place, keyPath: "buildpack.version" }],
    ]);
  });

  it.each([
    [
      "broken",
      'api = "0.10"\nbuild pack = 1\n',
      "descriptor/toml-syntax",
      { file: place, line: 2, column: 7 },
    ],
    [
      "a number for a version",
      least.replace('"1.2.0"', "1.2"),
      "modules/wrong-type",
      { file: place, keyPath: "buildpack.version" },
    ],
    [
      "a text for a switch that the lifecycle reads",
      `${least}clear-env = "yes"\n`,
      "modules/wrong-type",
      { file: place, keyPath: "buildpack.clear-env" },
    ],
    [
      "a text for a list",
      `targets = "linux"\n${least}`,
      "modules/wrong-type",
      { file: place, keyPath: "targets" },
    ],
    [
      "a group entry without id",
      `${least}[[order]]\n[[order.group]]\nversion = "1"\n`,
      "modules/missing-key",
      { file: place, keyPath: "order[0].group[0].id" },
    ],
    [
      "an API that is no version",
      least.replace("0.10", "new"),
      "modules/bad-api",
      { file: place, keyPath: "api" },
    ],
    [
      "a version with a slash",
      least.replace("1.2.0", "1/2"),
      "modules/bad-name",
      { file: place, keyPath: "buildpack.version" },
    ],
    [
      "an id of dots",
      least.replace("acme/tool", ".."),
      "modules/bad-name",
      { file: place, keyPath: "buildpack.id" },
    ],
    [
      "an order with targets",
      `${least}[[order]]\n[[targets]]\nos = "linux"\n`,
      "modules/order-and-targets",
      { file: place, keyPath: "targets" },
    ],
    [
      "an order with stacks",
      `${least}[[order]]\n[[stacks]]\nid = "*"\n`,
      "modules/order-and-targets",
      { file: place, keyPath: "stacks" },
    ],
    [
      "an image extension",
      'api = "0.10"\n[extension]\nid = "acme/ext"\nversion = "1"\n',
      "modules/extension",
      { file: place },
    ],
  ])("is refused with %s", (_, text, code, location) => {
    expect(fault(text)).toEqual([[code, location]]);
  });
});
