import { cachedFile } from "./cached-file.ts";
import { python } from "./python.ts";
import { recipeHash } from "./recipe.ts";

/** Wheels of `name==version` in a directory of the shared cache; pip itself fetches them, without what they need. */
export function pythonWheels(requirements: readonly string[]): Promise<string> {
  const name = `python/wheels-${recipeHash(...requirements)}`;
  return cachedFile(name, `wheels of ${requirements.join(", ")}`, async (path) => {
    const options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"];
    await python(["-m", "pip", "download", ...options, "--dest", path, ...requirements]);
  });
}
