import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFile } from "./cached-file.ts";
import { execaOnMachine } from "./machine.ts";
import { inState } from "./paths.ts";
import { recipeHash } from "./recipe.ts";

/** The Debian release whose Buildah knows all instructions that our Dockerfiles have; that of the machine's release does not. */
const release = "forky";

/** Buildah and Podman with what they start, and what lets a user without rights have more than one number. */
const packages = [
  "buildah",
  "podman",
  "crun",
  "netavark",
  "passt",
  "uidmap",
  "fuse-overlayfs",
  "ca-certificates",
];

/** Raise when the steps change, so that the cached tree is made anew. */
const recipeVersion = "1";

/** A Debian root file system with Buildah and Podman in it, as an uncompressed tar in the shared cache. */
export function buildahTree(): Promise<string> {
  const name = `buildah/${release}-${recipeHash(recipeVersion, ...packages)}.tar`;
  return cachedFile(name, `Debian ${release} with Buildah and Podman`, async (output) => {
    await execaOnMachine("mmdebstrap", [
      // Packages are extracted, not installed: no maintainer script runs.
      ...["--variant=extract", "--mode=root", "--format=tar", "--quiet"],
      "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
      "--dpkgopt=path-exclude=/usr/share/doc/*",
      // A mirror of a release in the making is older than its signature allows as soon as it pauses for a week.
      '--aptopt=Acquire::Check-Valid-Until "false"',
      ...[`--include=base-files,bash,coreutils,util-linux,${packages.join(",")}`, release, output],
      `deb ${await mirror()} ${release} main`,
    ]);
  });
}

/** Where this machine has Debian's packages from. */
async function mirror(): Promise<string> {
  const { stdout } = await execa("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Component: main"]);
  const address = stdout.split("\n").find((line) => line.endsWith("/debian/"));
  if (address === undefined) throw new Error("apt knows no mirror of Debian: run apt-get update");
  return address;
}

/** Who runs Buildah: root, or a user with numbers of his own. */
export type BuildahUser = "root" | "ordinary";

/** A system with Buildah and Podman, apart from this machine's files but on its network. */
export interface BuildahSystem {
  /** Runs a program with `directory`, absolute, at `/project`. Rejects when it fails. Out: its standard output. */
  readonly run: (user: BuildahUser, directory: string, words: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

const userId = 2000;

/**
 * In: the tree, a directory for `/project`, the user's number, a command. pivot_root, for in a chroot no user makes a user
 * namespace.
 */
const enter = `
set -e
tree=$1 project=$2 user=$3
shift 3
mount --bind "$tree" "$tree"
for place in proc sys dev; do mount --rbind "/$place" "$tree/$place"; done
mount --bind "$project" "$tree/project"
mount -t tmpfs tmpfs "$tree/run"
mkdir -p "$tree/run/user/$user"
chown "$user" "$tree/run/user/$user"
cd "$tree"
pivot_root . .
umount --lazy .
cd /project
exec setpriv --reuid="$user" --regid="$user" --clear-groups env --ignore-environment \
  HOME="/home/$user" XDG_RUNTIME_DIR="/run/user/$user" PATH=/usr/sbin:/usr/bin STORAGE_DRIVER=overlay "$@"
`;

/** Lays such a system out below the lab's state. In: the registry that it is to ask without TLS, `host:port`. */
export async function layBuildahSystem(registry: string): Promise<BuildahSystem> {
  const archive = await buildahTree();
  mkdirSync(inState("work"), { recursive: true });
  const tree = mkdtempSync(inState("work", "buildah-"));
  await execa("tar", ["--extract", "--numeric-owner", `--file=${archive}`, `--directory=${tree}`]);
  const users = [0, userId].map((id) => ({ id, name: id === 0 ? "root" : "ordinary", home: `/home/${id}` }));
  const passwd = users.map(({ id, name, home }) => `${name}:x:${id}:${id}::${home}:/bin/bash\n`);
  const files = {
    "etc/passwd": passwd.join(""),
    "etc/group": users.map(({ id, name }) => `${name}:x:${id}:\n`).join(""),
    "etc/subuid": "ordinary:300000:65536\n",
    "etc/subgid": "ordinary:300000:65536\n",
    "etc/containers/registries.conf": `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`,
    "etc/containers/policy.json": '{ "default": [{ "type": "insecureAcceptAnything" }] }\n',
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
  mkdirSync(join(tree, "project"));
  for (const { id, home } of users) {
    mkdirSync(join(tree, home));
    chownSync(join(tree, home), id, id);
  }
  return {
    run: async (user, directory, words) => {
      const id = user === "root" ? 0 : userId;
      const inside = ["bash", "-c", enter, "bash", tree, directory, String(id)];
      const { stdout } = await execa("unshare", ["--mount", "--propagation=private", ...inside, ...words]);
      return stdout;
    },
    remove: () => rmSync(tree, { recursive: true, force: true }),
  };
}
