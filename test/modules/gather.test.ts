import { expect, it } from "vitest";
import { gatherModules } from "../../src/modules/gather.ts";
import { faultsOfAsync } from "../helpers/errors.ts";
import { modulesFromFile } from "../helpers/modules.ts";

it("names a buildpack.toml at an address by that address", async () => {
  const url = "https://module.example/a.tgz";
  const module = { kind: "buildpack", buildpackToml: 'api = "?"\n[buildpack]\nid = "a"\nversion = "1"\n' };
  const modules = modulesFromFile(JSON.stringify({ downloads: { [url]: { digest: "sha256:0", module } } }));
  const entry = { kind: "uri", uri: url, location: { file: "project.toml" } } as const;
  const { faults } = await faultsOfAsync(
    gatherModules(
      { entries: [entry], base: "", builders: [], platforms: [] },
      { images: { resolve: async () => undefined }, modules },
    ),
  );
  expect(faults).toMatchObject([{ code: "modules/bad-api", location: { file: `${url}/buildpack.toml` } }]);
});
