import { join } from "node:path";
import { expect, it } from "vitest";
import { packageDirectory, packagePath, packageText } from "../../src/package/package-place.ts";
import { faultsOf } from "../helpers/errors.ts";

it("a part of the package is found from anywhere in it, and missed where it is not there", () => {
  expect(packageText("package.json")).toContain('"name": "cnb-dockerfile"');
  expect(faultsOf(() => packageText("dist/nothing.mjs"))).toMatchObject([
    { code: "cli/incomplete-package", message: "dist/nothing.mjs is missing from this installation." },
  ]);
});

it.each([
  ["/opt/cnb-dockerfile/dist", "/opt/cnb-dockerfile"],
  ["/opt/cnb-dockerfile/dist/chunks", "/opt/cnb-dockerfile"],
  ["/opt/checkout/src/build/helper-image", "/opt/checkout"],
])("the package of %s is %s, and nothing above it", (start, directory) => {
  expect(packageDirectory(start)).toBe(directory);
  expect(packagePath("../..", start)).toBe(packagePath(join(directory, "../.."), "/dist"));
});
