import { expect, it } from "vitest";
import { packageFile } from "../../src/cli/project/package-file.ts";
import { faultsOf } from "../helpers/errors.ts";

it("a part of the package is found from anywhere in it, and missed where it is not there", () => {
  expect(packageFile("package.json")).toContain('"name": "cnb-dockerfile"');
  expect(faultsOf(() => packageFile("dist/nothing.mjs"))).toMatchObject([
    { code: "cli/incomplete-package", message: "This installation has no dist/nothing.mjs." },
  ]);
});
