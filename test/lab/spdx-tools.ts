import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { checkout } from "./paths.ts";
import { python } from "./python.ts";
import { recipeHash } from "./recipe.ts";

/** The SPDX project's own library for Python, and all that it needs. */
const packages = [
  "spdx-tools==0.8.5",
  ...["beartype==0.23.1", "boolean.py==5.0", "click==8.5.1", "license-expression==30.4.4", "ply==3.11"],
  ...["pyparsing==3.3.3", "PyYAML==6.0.3", "rdflib==7.6.0", "semantic-version==2.10.0"],
  ...["uritools==6.1.4", "xmltodict==1.0.4"],
];

/** Program that reads a document from its standard input and writes a JSON list of faults. */
const program = join(checkout, "test/lab/spdx-validator/validate.py");

/** The command that finds faults in SPDX documents, and the variables that it needs. */
export async function spdxValidator(): Promise<{
  readonly command: readonly [string, string];
  readonly env: Readonly<Record<string, string>>;
}> {
  // Some of the packages are made for the Python that installs them.
  const version = (await python(["--version"])).stdout;
  const recipe = recipeHash(version, ...packages);
  const directory = await cachedFile(`python/spdx-tools-${recipe}`, "the SPDX validator", async (path) => {
    const options = ["--quiet", "--no-deps", "--disable-pip-version-check", "--target", path];
    await python(["-m", "pip", "install", ...options, ...packages]);
  });
  return { command: ["python3", program], env: { PYTHONPATH: directory, PYTHONDONTWRITEBYTECODE: "1" } };
}
