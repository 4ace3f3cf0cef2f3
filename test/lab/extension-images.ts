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
import { type Architecture, architectures, lifecycleVersions } from "./tool-list.ts";

/** Builders with image extensions, and run images that those choose. */
export interface ExtensionImages {
  readonly builder: string;
  /** Its extension and base image are like those of Paketo's builders for UBI. */
  readonly ubiBuilder: string;
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
  ...[
    "ends-as-root",
    "odd-base",
    "amd64-only",
    "failing",
    "network",
    "clock",
    "asks-secret",
    "asks-ssh",
    "asks-cache",
  ],
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
    ubiBuilder: at("builder:ubi"),
    builderOf: (api) => at(`builder:extending-${api}`),
    otherRun: at("run-other:13"),
    otherRunAmd64Only: at("run-other:amd64-only"),
  };
  const { stdout: digest } = await lab.crane(["digest", runBase]);
  const user = `USER ${cnbUser.uid}:${cnbUser.gid}`;
  const otherRun = `FROM ${runBase}
USER root
COPY --chmod=644 note /etc/lab-other
LABEL io.buildpacks.base.distro.version=13
ENV LAB_OTHER=yes
${user}
`;
  const ubiBuild = `FROM ${lab.images.buildBase}
USER root
COPY --chmod=755 microdnf /usr/bin/microdnf
COPY --chmod=755 images.json /etc/buildpacks/images.json
${user}
`;
  await makeImage(lab, images.otherRun, { dockerfile: otherRun, base: digest, platforms: architectures });
  await makeImage(lab, images.otherRunAmd64Only, {
    dockerfile: otherRun,
    base: digest,
    platforms: ["amd64"],
  });
  const buildImage = at("build-ubi:9");
  await makeImage(lab, buildImage, { dockerfile: ubiBuild, base: digest, platforms: architectures });
  const { stdout: buildDigest } = await lab.crane(["digest", buildImage]);
  const ground = { lab, bases: `${digest} ${buildDigest}`, npmRegistry: await npmRegistry() };
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
  await makeBuilder(ground, {
    ...{ ...ordinary, reference: images.ubiBuilder, lifecycle: { version }, platforms: architectures },
    buildImage,
    extensions: [join(fixtures, "extensions", "ubi-node")],
    orderExtensions: [[{ id: "lab/ubi-node" }]],
  });
  for (const api of extensionApis) {
    const lifecycle = { version, platformApis: [api] };
    await makeBuilder(ground, {
      ...{ ...ordinary, reference: images.builderOf(api), lifecycle, platforms: ["amd64"] },
    });
  }
  return images;
}

interface ImageRecipe {
  readonly dockerfile: string;
  /** Digest of the image that it begins with. */
  readonly base: string;
  readonly platforms: readonly Architecture[];
}

/** Files that the Dockerfiles take, by name. */
const contextFiles: Readonly<Record<string, string>> = {
  note: "another run image\n",
  // Stands for the package manager: what it installs is a program that says what it is.
  microdnf: `#!/bin/bash
set -euo pipefail
echo "microdnf $*"
[[ " $* " == *" install "* ]] || exit 0
printf '#!/bin/sh\\necho installed by microdnf on %s\\n' "$(uname -m)" > "/usr/bin/\${!#}"
chmod 755 "/usr/bin/\${!#}"
`,
  "images.json":
    '{ "images": [{ "name": "nodejs-22", "is_default_run_image": true, "nodejs_version": "22" }] }\n',
};

async function makeImage(lab: Lab, reference: string, recipe: ImageRecipe): Promise<void> {
  const { dockerfile, base, platforms } = recipe;
  const made = recipeHash(dockerfile, base.trim(), JSON.stringify(contextFiles));
  await madeImage(reference, made, async () => {
    const context = inState("work/extension-image");
    await rm(context, { recursive: true, force: true });
    await mkdir(context, { recursive: true });
    for (const [name, text] of Object.entries(contextFiles)) await writeFile(join(context, name), text);
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
