import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuilderRecipe, builderToml } from "./builder-recipe.ts";
import type { Lab } from "./lab.ts";
import { lifecycleArchive } from "./lifecycle-archive.ts";
import { madeImage } from "./made-image.ts";
import { inState } from "./paths.ts";
import { probeSource } from "./probe.ts";
import { recipeHash, treeHash } from "./recipe.ts";
import type { Architecture } from "./tool-list.ts";

/** Raise when the making changes otherwise than by the recipe. */
const recipeVersion = "1";

/** What all builders of a lab stand on. */
export interface BuilderGround {
  readonly lab: Lab;
  /** Changes with the base images. */
  readonly bases: string;
  /** Where buildpacks get npm packages. */
  readonly npmRegistry: string;
}

/** Makes a builder with `pack builder create`, unless it is up to date. */
export async function makeBuilder(ground: BuilderGround, recipe: BuilderRecipe): Promise<void> {
  const { lab, bases, npmRegistry } = ground;
  const probe = recipe.lifecycle.probe === undefined ? [] : [probeSource];
  const trees = await Promise.all([...recipe.buildpacks, ...recipe.extensions, ...probe].map(treeHash));
  const made = recipeHash(recipeVersion, JSON.stringify(recipe), bases, npmRegistry, lab.registry, ...trees);
  await madeImage(recipe.reference, made, async () => {
    const directory = inState("work", `builder-${made}`);
    await mkdir(directory, { recursive: true });
    const parts: string[] = [];
    for (const architecture of recipe.platforms) {
      parts.push(await create(ground, recipe, directory, architecture));
    }
    if (parts.length > 1) await joinParts(lab, parts, recipe.reference);
    await rm(directory, { recursive: true });
  });
}

/** Out: the reference that was pushed: the recipe's own when it is to be an ordinary manifest. */
async function create(
  { lab, npmRegistry }: BuilderGround,
  recipe: BuilderRecipe,
  directory: string,
  architecture: Architecture,
): Promise<string> {
  const reference = recipe.platforms.length > 1 ? `${recipe.reference}-${architecture}` : recipe.reference;
  const lifecycle = await lifecycleArchive(directory, recipe.lifecycle, architecture);
  const config = join(directory, `builder-${architecture}.toml`);
  await writeFile(config, builderToml(recipe, lab.images, lifecycle, npmRegistry));
  // Without experimental mode pack refuses extensions.
  await lab.pack(["config", "experimental", "true"]);
  const target = `linux/${architecture}`;
  await lab.pack(["builder", "create", reference, "--config", config, "--publish", "--target", target]);
  return reference;
}

async function joinParts(lab: Lab, parts: readonly string[], reference: string): Promise<void> {
  const manifests = parts.flatMap((part) => ["--manifest", part]);
  await lab.crane(["index", "append", ...manifests, "--tag", reference]);
}
