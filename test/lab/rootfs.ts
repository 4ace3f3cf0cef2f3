import { existsSync } from "node:fs";
import { appendFile, chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";
import { inState } from "./paths.ts";
import { recipeHash } from "./recipe.ts";
import type { Architecture } from "./tool-list.ts";

/**
 * `build` has what buildpacks call; `run` what a Node program and a shell process need; `node` what the released image of Node has
 * of it; `rootless` what is in BuildKit's own rootless image beside its programs, small tools from busybox as there.
 */
export type RootfsKind = "build" | "run" | "node" | "rootless";

/** The user every image runs as, by number. */
export const cnbUser = { uid: 1001, gid: 1000 } as const;

const common = ["base-files", "bash", "coreutils", "dash", "libc6", "libgcc-s1", "libstdc++6"];
const packages: Readonly<Record<RootfsKind, readonly string[]>> = {
  run: common,
  build: [...common, "curl", "diffutils", "findutils", "grep", "gzip", "sed", "tar", "xz-utils"],
  node: [...common, "util-linux"],
  rootless: ["base-files", "busybox-static", "git", "libcap2-bin", "runc", "uidmap", "util-linux"],
};

/** Raise when this file's steps change, so that cached trees are made anew. */
const recipeVersion = "2";

/** Nothing in an image needs these, and some hold times or the state of the machine that made them. */
const unwanted = [
  ...[
    "boot",
    "etc/apt",
    "etc/fstab",
    "etc/hostname",
    "etc/resolv.conf",
    "usr/lib/udev",
    "var/cache",
    "var/lib/apt",
  ],
  ...["usr/share/doc", "usr/share/info", "usr/share/lintian", "usr/share/locale", "usr/share/man", "var/log"],
];

/**
 * A Debian root file system as an uncompressed tar, in the shared cache.
 * Packages are extracted, not installed: no maintainer script runs, so arm64 needs no emulation here.
 */
export function rootfs(kind: RootfsKind, architecture: Architecture): Promise<string> {
  const recipe = recipeHash(recipeVersion, ...packages[kind], ...unwanted);
  const name = `rootfs/${kind}-${architecture}-${recipe}.tar`;
  return cachedFile(name, `root file system ${kind}-base for ${architecture}`, async (output) => {
    await mkdir(inState("work"), { recursive: true });
    // Under the state directory: a killed mmdebstrap leaves mounts, and those there are swept by the next start.
    const tree = await mkdtemp(inState("work/rootfs-"));
    try {
      await extract(tree, kind, architecture);
      await finish(tree);
      await pack(tree, output);
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  });
}

async function extract(tree: string, kind: RootfsKind, architecture: Architecture): Promise<void> {
  const options = [
    "--variant=extract",
    "--mode=root",
    `--architectures=${architecture}`,
    "--format=directory",
  ];
  const hooks = ["--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "--skip=cleanup/apt"];
  await execaOnMachine("mmdebstrap", [
    ...[...options, ...hooks, `--include=${packages[kind].join(",")}`, "bookworm", tree],
    // The machine's own sources, so that its mirror is used; without either file mmdebstrap has a default.
    ...["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"].filter(existsSync).slice(0, 1),
  ]);
}

/** What the maintainer scripts would have done, as far as our images need it. */
async function finish(tree: string): Promise<void> {
  const at = (path: string) => join(tree, path);
  await recordPackages(tree);
  for (const path of unwanted) await rm(at(path), { recursive: true, force: true });
  await writeFile(
    at("etc/passwd"),
    "root:x:0:0:root:/root:/bin/bash\ncnb:x:1001:1000::/home/cnb:/bin/bash\n",
  );
  await writeFile(at("etc/group"), "root:x:0:\ncnb:x:1000:\n");
  await writeFile(at("etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
  for (const path of ["tmp", "var/tmp", "home/cnb", "etc/ssl/certs", "var/log"])
    await mkdir(at(path), { recursive: true });
  for (const path of ["tmp", "var/tmp"]) await chmod(at(path), 0o1777);
  await chown(at("home/cnb"), cnbUser.uid, cnbUser.gid);
}

/** Leaves dpkg's record of each package, so that a scanner of the image sees them. */
async function recordPackages(tree: string): Promise<void> {
  const archives = join(tree, "var/cache/apt/archives");
  const status = join(tree, "var/lib/dpkg/status");
  await rm(join(tree, "var/lib/dpkg"), { recursive: true, force: true });
  await mkdir(join(tree, "var/lib/dpkg/info"), { recursive: true });
  for (const file of (await readdir(archives)).filter((name) => name.endsWith(".deb")).sort()) {
    const { stdout: fields } = await execaOnMachine("dpkg-deb", ["--field", join(archives, file)]);
    await appendFile(status, `${fields.replace(/\n/, "\nStatus: install ok installed\n")}\n\n`);
  }
}

async function pack(tree: string, output: string): Promise<void> {
  const stable = ["--sort=name", "--mtime=@315532801", "--numeric-owner", "--format=gnu"];
  await execaOnMachine("tar", [
    "--create",
    `--file=${output}`,
    ...stable,
    `--directory=${tree}`,
    "--exclude=./dev/*",
    ".",
  ]);
}
