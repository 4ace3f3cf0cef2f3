import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "./lab.ts";
import { madeImage } from "./made-image.ts";
import { inState } from "./paths.ts";
import { recipeHash } from "./recipe.ts";
import { rootfs } from "./rootfs.ts";

const caBundle = "/etc/ssl/certs/ca-certificates.crt";

/** As moby's: its programs under their names and at their places, its user, its variables. Source: BuildKit, Dockerfile, `rootless`. */
const dockerfile = `FROM scratch
ADD rootfs.tar /
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s; true"]
# In Debian they are setuid root; in Alpine they have capabilities.
RUN chmod 0755 /usr/bin/newuidmap /usr/bin/newgidmap \\
    && setcap cap_setuid+ep /usr/bin/newuidmap && setcap cap_setgid+ep /usr/bin/newgidmap \\
    && mv /usr/sbin/runc /usr/bin/buildkit-runc
RUN echo user:x:1000:1000::/home/user:/bin/sh >> /etc/passwd && echo user:x:1000: > /etc/group \\
    && mkdir -p /run/user/1000 /home/user/.local/tmp /home/user/.local/share/buildkit \\
    && chown -R 1000:1000 /run/user/1000 /home/user \\
    && echo user:100000:65536 | tee /etc/subuid | tee /etc/subgid
COPY --chmod=0644 ca-certificates.crt ${caBundle}
COPY --chmod=0755 rootlesskit buildkitd buildctl /usr/bin/
USER 1000:1000
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV HOME=/home/user USER=user XDG_RUNTIME_DIR=/run/user/1000 TMPDIR=/home/user/.local/tmp
ENV BUILDKIT_HOST=unix:///run/user/1000/buildkit/buildkitd.sock
VOLUME /home/user/.local/share/buildkit
ENTRYPOINT ["rootlesskit", "buildkitd"]
`;

/** An image that stands for moby/buildkit's rootless one, which no registry here has. linux/amd64 only. Out: its reference. */
export async function makeRootlessImage(lab: Lab): Promise<string> {
  const reference = `${lab.registry}/lab/buildkit:rootless`;
  const { rootlesskit, buildkitd, buildctl } = lab.tools;
  const files = {
    "rootfs.tar": await rootfs("rootless", "amd64"),
    "ca-certificates.crt": caBundle,
    ...{ rootlesskit, buildkitd, buildctl },
  };
  await madeImage(reference, recipeHash(dockerfile, ...Object.values(files)), async () => {
    const context = inState("work/rootless");
    await rm(context, { recursive: true, force: true });
    await mkdir(context, { recursive: true });
    for (const [name, path] of Object.entries(files)) await copyFile(path, join(context, name));
    await writeFile(join(context, "Dockerfile"), dockerfile);
    await lab.buildctl([
      ...["build", "--progress=plain", "--frontend=dockerfile.v0", "--opt=platform=linux/amd64"],
      ...[`--local=context=${context}`, `--local=dockerfile=${context}`],
      `--output=type=image,name=${reference},push=true,compression-level=1,oci-mediatypes=true`,
    ]);
    await rm(context, { recursive: true, force: true });
  });
  return reference;
}
