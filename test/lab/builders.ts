import { join } from "node:path";
import { acmeOrder, writeAcmeBuildpacks } from "./acme-buildpacks.ts";
import type { BuilderGround } from "./builder-image.ts";
import { makeBuilder } from "./builder-image.ts";
import type { BuilderRecipe } from "./builder-recipe.ts";
import { platformApiBuilder, platformApis } from "./images.ts";
import { largeOrderId, writeLargeBuildpacks } from "./large-builder.ts";
import { makeLifecycleImage } from "./lifecycle-image.ts";
import { fixtures, inState } from "./paths.ts";
import { architectures, lifecycleVersions } from "./tool-list.ts";
import { vendorOrder, writeVendorBuildpacks } from "./vendor-buildpacks.ts";

/** Directories of `test/fixtures/buildpacks`; those that the order does not name are there for projects to name. */
const buildpackNames = [
  ...["node", "procfile", "slices", "clear-env", "exec-d", "fail-detect", "fail-build", "odd-files", "store"],
  "node-app",
  "sboms",
  "keep",
];

/** A Node app with what else it has; a Procfile with or without static files; static files alone. */
const order: BuilderRecipe["order"] = [
  [{ id: "lab/node" }, { id: "lab/procfile", optional: true }, { id: "lab/slices", optional: true }],
  [{ id: "lab/procfile" }, { id: "lab/slices", optional: true }],
  [{ id: "lab/slices" }],
];

/** Makes every builder of the lab that is not up to date. */
export async function makeBuilders(ground: BuilderGround): Promise<void> {
  const { lab } = ground;
  const { images } = lab;
  const ordinary = {
    lifecycle: { version: lifecycleVersions.current },
    description: "The lab's builder",
    buildpacks: buildpackNames.map((name) => join(fixtures, "buildpacks", name)),
    extensions: [],
    order,
    orderExtensions: [],
    platforms: architectures,
  } as const;
  const recipes: readonly BuilderRecipe[] = [
    { ...ordinary, reference: images.builder },
    { ...ordinary, reference: images.builderAmd64Only, platforms: ["amd64"] },
    { ...ordinary, reference: images.builderOldLifecycle, lifecycle: { version: lifecycleVersions.old } },
    {
      ...ordinary,
      reference: images.builderExtensions,
      extensions: [join(fixtures, "extensions/marker")],
      orderExtensions: [[{ id: "lab/marker-extension" }]],
    },
    {
      ...ordinary,
      reference: images.builderLarge,
      description: "Forty buildpacks in composites of composites",
      buildpacks: await writeLargeBuildpacks(inState("work/large")),
      order: [[{ id: largeOrderId }]],
    },
    {
      ...ordinary,
      reference: images.builderProbe,
      lifecycle: { version: lifecycleVersions.current, probe: "instead" },
      buildpacks: [...ordinary.buildpacks, ...(await writeAcmeBuildpacks(inState("work/acme")))],
      order: acmeOrder,
      platforms: ["amd64"],
    },
    {
      ...ordinary,
      reference: images.builderVendors,
      description: "Buildpacks written the way vendors write theirs",
      buildpacks: await writeVendorBuildpacks(inState("work/vendors")),
      order: vendorOrder,
      platforms: ["amd64"],
    },
    ...platformApis.map((api) => ({
      ...ordinary,
      reference: platformApiBuilder(lab.registry, api),
      lifecycle: { version: lifecycleVersions.current, platformApis: [api], probe: "around" as const },
      buildpacks: ["witness", "witness-old", "procfile"].map((name) => join(fixtures, "buildpacks", name)),
      order: [[{ id: "lab/witness" }, { id: "lab/witness-old" }, { id: "lab/procfile", optional: true }]],
      platforms: ["amd64"] as const,
    })),
  ];
  for (const recipe of recipes) await makeBuilder(ground, recipe);
  await makeLifecycleImage(lab, { version: lifecycleVersions.current, platformApis, probe: "around" });
}
