import { describe, expect, it } from "vitest";
import { readPackageToml } from "../../src/modules/package-toml.ts";
import { faultsOf } from "../helpers/errors.ts";

const file = "buildpacks/tool/package.toml";
const least = '[buildpack]\nuri = "."\n';

describe("package.toml", () => {
  it("names what its buildpack depends on, in order", () => {
    const text = `${least}
[[dependencies]]
uri = "../node"
[[dependencies]]
image = "registry.example/acme/lib:1"
[[targets]]
os = "linux"
arch = "arm64"
[platform]
os = "linux"
`;
    expect(readPackageToml(text, file)).toEqual({
      dependencies: [
        { uri: "../node", keyPath: "dependencies[0].uri" },
        { uri: "docker://registry.example/acme/lib:1", keyPath: "dependencies[1].image" },
      ],
    });
  });

  it.each([
    ["broken", "[", "descriptor/toml-syntax", undefined],
    ["without a buildpack", '[[dependencies]]\nuri = "x"\n', "modules/missing-key", "buildpack.uri"],
    ["of an image extension", '[extension]\nuri = "."\n', "modules/extension", undefined],
    [
      "with a uri and an image",
      `${least}[[dependencies]]\nuri = "a"\nimage = "b"\n`,
      "modules/dependency-uri-and-image",
      "dependencies[0]",
    ],
    ["with neither", `${least}[[dependencies]]\n`, "modules/missing-key", "dependencies[0]"],
    ["with a misspelt list", `${least}[[dependancies]]\nuri = "a"\n`, "modules/unknown-key", "dependancies"],
    [
      "with a misspelt key",
      `${least}[[dependencies]]\nurl = "a"\n`,
      "modules/unknown-key",
      "dependencies[0].url",
    ],
  ])("is refused %s", (_, text, code, keyPath) => {
    expect(faultsOf(() => readPackageToml(text, file))).toMatchObject([
      { code, location: { file, ...(keyPath === undefined ? {} : { keyPath }) } },
    ]);
  });
});
