import { cp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuilderRecipe } from "./builder-recipe.ts";
import { fixtures } from "./paths.ts";

/** Buildpacks written the way vendors write theirs; each passes for one kind of app. */
export const vendorOrder: BuilderRecipe["order"] = [
  [{ id: "vendor/jvm" }],
  [{ id: "vendor/python" }],
  [{ id: "vendor/php" }],
];

/** Lays them out in `directory`, each with the shell functions that they have in common, and lists them. */
export async function writeVendorBuildpacks(directory: string): Promise<readonly string[]> {
  await rm(directory, { recursive: true, force: true });
  const source = join(fixtures, "buildpacks");
  const common = "vendor-common";
  const names = (await readdir(source)).filter((name) => name.startsWith("vendor-") && name !== common);
  for (const name of names) {
    await cp(join(source, name), join(directory, name), { recursive: true });
    await cp(join(source, common), join(directory, name, "lib"), { recursive: true });
  }
  return names.sort().map((name) => join(directory, name));
}
