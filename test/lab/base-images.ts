import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Lab } from "./lab.ts";
import { madeImage } from "./made-image.ts";
import { npmPackage } from "./npm-package.ts";
import { inState } from "./paths.ts";
import { recipeHash } from "./recipe.ts";
import { cnbUser, rootfs } from "./rootfs.ts";
import { type Architecture, architectures } from "./tool-list.ts";

/**
 * The Node.js of `lab/node`, which our image takes, as the released one does (`frontend/Dockerfile`). npm has it for both
 * architectures.
 */
export const nodeVersion = "24.21.0";

/** Of this machine: TLS may be re-signed by a local authority, whose certificate is then in here. */
const caBundle = "/etc/ssl/certs/ca-certificates.crt";

/** Raise when the making changes otherwise than by the Dockerfile. */
const recipeVersion = "1";

const dockerfile = `FROM scratch AS debian-run
ARG TARGETARCH
ADD run-$TARGETARCH.tar /
COPY --chmod=644 ca-certificates.crt ${caBundle}
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

FROM debian-run AS run-base
ENV CNB_STACK_ID=lab.stacks.bookworm
LABEL io.buildpacks.base.id=lab.bases.bookworm \\
  io.buildpacks.base.distro.name=debian \\
  io.buildpacks.base.distro.version=12 \\
  io.buildpacks.base.maintainer=cnb-dockerfile \\
  io.buildpacks.stack.id=lab.stacks.bookworm
USER ${cnbUser.uid}:${cnbUser.gid}

FROM run-base AS run-base-patched
USER 0
COPY --chmod=644 patch.txt /etc/lab-patch
USER ${cnbUser.uid}:${cnbUser.gid}

FROM scratch AS build-base
ARG TARGETARCH
ADD build-$TARGETARCH.tar /
COPY --chmod=644 ca-certificates.crt ${caBundle}
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
  CNB_STACK_ID=lab.stacks.bookworm CNB_USER_ID=${cnbUser.uid} CNB_GROUP_ID=${cnbUser.gid} \\
  CURL_CA_BUNDLE=${caBundle}
LABEL io.buildpacks.base.id=lab.bases.bookworm \\
  io.buildpacks.base.distro.name=debian \\
  io.buildpacks.base.distro.version=12 \\
  io.buildpacks.base.maintainer=cnb-dockerfile \\
  io.buildpacks.stack.id=lab.stacks.bookworm
USER ${cnbUser.uid}:${cnbUser.gid}

FROM scratch AS node-package
ARG TARGETARCH
ADD node-$TARGETARCH.tgz /

FROM scratch AS node
ARG TARGETARCH
ADD node-root-$TARGETARCH.tar /
COPY --chmod=644 ca-certificates.crt ${caBundle}
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY --from=node-package /package/bin/node /usr/local/bin/node
CMD ["node"]
`;

/** Makes the images that everything else stands on. Out: a hash that changes with any of them. */
export async function makeBaseImages(lab: Lab): Promise<string> {
  const { buildBase, runBase, runBaseAmd64Only, runBasePatched, node } = lab.images;
  const files = await contextFiles();
  const recipe = recipeHash(
    recipeVersion,
    dockerfile,
    await readFile(caBundle, "utf8"),
    ...Object.values(files),
  );
  const context = inState("work/bases");
  const wanted = [
    { reference: runBase, target: "run-base", platforms: architectures },
    { reference: buildBase, target: "build-base", platforms: architectures },
    { reference: runBasePatched, target: "run-base-patched", platforms: architectures },
    { reference: runBaseAmd64Only, target: "run-base", platforms: ["amd64"] },
    { reference: node, target: "node", platforms: architectures },
  ] as const;
  for (const { reference, target, platforms } of wanted) {
    await madeImage(reference, recipe, async () => {
      await layOut(context, files);
      await build(lab, context, target, platforms, reference);
    });
  }
  return recipe;
}

/** File name in the build context → where it is. */
async function contextFiles(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const architecture of architectures) {
    files[`run-${architecture}.tar`] = await rootfs("run", architecture);
    files[`build-${architecture}.tar`] = await rootfs("build", architecture);
    files[`node-root-${architecture}.tar`] = await rootfs("node", architecture);
    const suffix = architecture === "amd64" ? "x64" : architecture;
    files[`node-${architecture}.tgz`] = await npmPackage(`node-linux-${suffix}`, nodeVersion);
  }
  return files;
}

async function layOut(context: string, files: Readonly<Record<string, string>>): Promise<void> {
  await rm(context, { recursive: true, force: true });
  await mkdir(context, { recursive: true });
  for (const [name, path] of Object.entries(files)) {
    await link(path, join(context, name)).catch(() => execa("cp", [path, join(context, name)]));
  }
  await writeFile(join(context, "ca-certificates.crt"), await readFile(caBundle));
  await writeFile(join(context, "patch.txt"), "patched\n");
  await writeFile(join(context, "Dockerfile"), dockerfile);
}

async function build(
  lab: Lab,
  context: string,
  target: string,
  platforms: readonly Architecture[],
  reference: string,
): Promise<void> {
  const output = `type=image,name=${reference},push=true,rewrite-timestamp=true,compression-level=1,oci-mediatypes=true`;
  await lab.buildctl([
    ...["build", "--progress=plain", "--frontend=dockerfile.v0", `--opt=target=${target}`],
    ...[`--local=context=${context}`, `--local=dockerfile=${context}`],
    `--opt=platform=${platforms.map((architecture) => `linux/${architecture}`).join(",")}`,
    // The same bytes from the same files, on any day.
    ...["--opt=build-arg:SOURCE_DATE_EPOCH=315532801", `--output=${output}`],
  ]);
}
