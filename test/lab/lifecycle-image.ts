import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "./lab.ts";
import { type LifecycleRecipe, layLifecycle, supportedApis } from "./lifecycle-archive.ts";
import { madeImage } from "./made-image.ts";
import { inState } from "./paths.ts";
import { probeSource } from "./probe.ts";
import { recipeHash, treeHash } from "./recipe.ts";

/** Raise when the making changes otherwise than by the recipe. */
const recipeVersion = "1";

/** Makes the image that `pack build --lifecycle-image` takes, for linux/amd64, unless it is up to date. */
export async function makeLifecycleImage(lab: Lab, recipe: LifecycleRecipe): Promise<void> {
  const reference = lab.images.lifecycle;
  const dockerfile = dockerfileOf(recipe);
  const made = recipeHash(recipeVersion, dockerfile, await treeHash(probeSource));
  await madeImage(reference, made, async () => {
    const context = inState("work/lifecycle-image");
    await rm(context, { recursive: true, force: true });
    await mkdir(context, { recursive: true });
    await layLifecycle(join(context, "lifecycle"), recipe, "amd64");
    await layRoot(join(context, "root"));
    await writeFile(join(context, "Dockerfile"), dockerfile);
    await lab.buildctl([
      ...["build", "--progress=plain", "--frontend=dockerfile.v0", "--opt=platform=linux/amd64"],
      ...[`--local=context=${context}`, `--local=dockerfile=${context}`],
      `--output=type=image,name=${reference},push=true,compression-level=1`,
    ]);
    await rm(context, { recursive: true });
  });
}

/** pack starts phases as `root`, by name, and the exporter writes layers to /tmp as the build user. */
async function layRoot(directory: string): Promise<void> {
  await mkdir(join(directory, "etc"), { recursive: true });
  await writeFile(join(directory, "etc/passwd"), "root:x:0:0:root:/root:/sbin/nologin\n");
  await mkdir(join(directory, "tmp"));
  await chmod(join(directory, "tmp"), 0o1777);
}

/** Source: the labels of the lifecycle's own image, as pack reads them. */
function dockerfileOf(recipe: LifecycleRecipe): string {
  const { buildpack, platform } = supportedApis(recipe);
  const apis = {
    buildpack: { deprecated: [], supported: buildpack },
    platform: { deprecated: [], supported: platform },
  };
  // pack takes the last layer for the lifecycle's, and puts it onto run images that extensions change.
  return `FROM scratch
COPY root /
WORKDIR /layers
COPY lifecycle /cnb/lifecycle
LABEL io.buildpacks.lifecycle.version=${recipe.version} \\
  io.buildpacks.lifecycle.apis=${JSON.stringify(JSON.stringify(apis))}
`;
}
