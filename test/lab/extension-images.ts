import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeBuilder } from "./builder-image.ts";
import type { Lab } from "./lab.ts";
import { withLock } from "./lock.ts";
import { madeImage } from "./made-image.ts";
import { npmRegistry } from "./npm-package.ts";
import { fixtures, inState } from "./paths.ts";
import { recipeHash } from "./recipe.ts";
import { cnbUser } from "./rootfs.ts";
import { architectures, lifecycleVersions } from "./tool-list.ts";

/** Builders with image extensions, and run images that those choose. */
export interface ExtensionImages {
  readonly builder: string;
  /** Its lifecycle speaks that Platform API alone; linux/amd64 only. */
  readonly builderOf: (api: ExtensionApi) => string;
  /** Says that it is of another distribution, and has a file more. */
  readonly otherRun: string;
  readonly otherRunAmd64Only: string;
}

export const extensionApis = ["0.12", "0.13"] as const;
type ExtensionApi = (typeof extensionApis)[number];

/** Directories of `test/fixtures/extensions`, in the order of their group, which is not that of their names. */
const extensionNames = [
  ...["zz-first", "earlier", "switch", "switch-extend", "kit", "deletions", "static", "leaves"],
  ...["ends-as-root", "odd-base", "amd64-only", "failing", "network"],
];

/** Makes them where they are not up to date. */
export function makeExtensionImages(lab: Lab): Promise<ExtensionImages> {
  return withLock(inState("extension-images.lock"), "makes builders with image extensions", () => make(lab));
}

async function make(lab: Lab): Promise<ExtensionImages> {
  const at = (name: string) => `${lab.registry}/lab/${name}`;
  const { runBase } = lab.images;
  const images: ExtensionImages = {
    builder: at("builder:extending"),
    builderOf: (api) => at(`builder:extending-${api}`),
    otherRun: at("run-other:13"),
    otherRunAmd64Only: at("run-other:amd64-only"),
  };
  const { stdout: digest } = await lab.crane(["digest", runBase]);
  const dockerfile = `FROM ${runBase}
USER root
COPY --chmod=644 note /etc/lab-other
LABEL io.buildpacks.base.distro.version=13
ENV LAB_OTHER=yes
USER ${cnbUser.uid}:${cnbUser.gid}
`;
  const recipe = recipeHash(dockerfile, digest.trim());
  for (const [reference, platforms] of [
    [images.otherRun, architectures],
    [images.otherRunAmd64Only, ["amd64"]],
  ] as const) {
    await madeImage(reference, recipe, async () => {
      const context = inState("work/run-other");
      await rm(context, { recursive: true, force: true });
      await mkdir(context, { recursive: true });
      await writeFile(join(context, "note"), "another run image\n");
      await writeFile(join(context, "Dockerfile"), dockerfile);
      const output = `type=image,name=${reference},push=true,rewrite-timestamp=true,oci-mediatypes=true`;
      await lab.buildctl([
        ...["build", "--progress=plain", "--frontend=dockerfile.v0"],
        ...[`--local=context=${context}`, `--local=dockerfile=${context}`],
        `--opt=platform=${platforms.map((architecture) => `linux/${architecture}`).join(",")}`,
        ...["--opt=build-arg:SOURCE_DATE_EPOCH=315532801", `--output=${output}`],
      ]);
      await rm(context, { recursive: true, force: true });
    });
  }
  const ground = { lab, bases: digest.trim(), npmRegistry: await npmRegistry() };
  const ordinary = {
    description: "The lab's builder with image extensions",
    buildpacks: ["extended", "procfile"].map((name) => join(fixtures, "buildpacks", name)),
    extensions: extensionNames.map((name) => join(fixtures, "extensions", name)),
    order: [[{ id: "lab/extended" }, { id: "lab/procfile", optional: true }]],
    orderExtensions: [extensionNames.map((name) => ({ id: `lab/${name}` }))],
  } as const;
  const version = lifecycleVersions.current;
  await makeBuilder(ground, {
    ...{ ...ordinary, reference: images.builder, lifecycle: { version }, platforms: architectures },
  });
  for (const api of extensionApis) {
    const lifecycle = { version, platformApis: [api] };
    await makeBuilder(ground, {
      ...{ ...ordinary, reference: images.builderOf(api), lifecycle, platforms: ["amd64"] },
    });
  }
  return images;
}
