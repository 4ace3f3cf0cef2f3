import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuilderRecipe } from "./builder-recipe.ts";

/** Buildpacks of the builder that `golden` describes, and an id of which there are two versions. */
const versions = [
  ["acme/node", "3.1.0"],
  ["acme/npm", "2.4.1"],
  ["acme/static", "1.0.2"],
  ["acme/procfile", "4.2.2"],
  ["acme/twice", "1.0.0"],
  ["acme/twice", "2.0.0"],
] as const;

/** The order of the builder that `golden` describes, and a group with a composite and one of two versions. */
export const acmeOrder: BuilderRecipe["order"] = [
  [{ id: "acme/node" }, { id: "acme/npm" }, { id: "acme/procfile", optional: true }],
  [{ id: "acme/static" }, { id: "acme/procfile", optional: true }],
  [{ id: "lab/node-app" }, { id: "acme/twice", version: "2.0.0", optional: true }],
];

/** Writes them into `directory` and lists theirs. They take part nowhere: for a builder whose lifecycle runs none. */
export async function writeAcmeBuildpacks(directory: string): Promise<readonly string[]> {
  await rm(directory, { recursive: true, force: true });
  const paths: string[] = [];
  for (const [id, version] of versions) {
    const path = join(directory, `${id.replace("/", "_")}-${version}`);
    await mkdir(join(path, "bin"), { recursive: true });
    const descriptor = `api = "0.10"\n\n[buildpack]\nid = "${id}"\nversion = "${version}"\n\n[[targets]]\nos = "linux"\n`;
    await writeFile(join(path, "buildpack.toml"), descriptor);
    for (const name of ["detect", "build"]) {
      await writeFile(join(path, "bin", name), "#!/bin/sh\nexit 100\n", { mode: 0o755 });
    }
    paths.push(path);
  }
  return paths;
}
