import { execaOnMachine } from "./machine.ts";
import { timed } from "./progress.ts";

/** Debian packages the lab runs: containers, emulation, root file systems, shells that complete our program, skopeo, strace. */
const wanted = [
  "runc",
  "uidmap",
  "libcap2-bin",
  "qemu-user-static",
  "binfmt-support",
  "mmdebstrap",
  "arch-test",
  "util-linux",
  "xz-utils",
  "zsh",
  "fish",
  "skopeo",
  "strace",
];

/** Installs what is missing; asks dpkg only when all is there. Throws when apt-get fails. */
export async function installPackages(names: readonly string[] = wanted): Promise<void> {
  const missing = (
    await Promise.all(names.map(async (name) => ((await installed(name)) ? [] : [name])))
  ).flat();
  if (missing.length === 0) return;
  await timed(`installing ${missing.join(", ")}`, async () => {
    const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, all: true } as const;
    await execaOnMachine("apt-get", ["update", "-q"], options);
    await execaOnMachine("apt-get", ["install", "-qy", "--no-install-recommends", ...missing], options);
  });
}

async function installed(name: string): Promise<boolean> {
  const query = await execaOnMachine(
    "dpkg-query",
    ["--show", "--showformat=$" + "{db:Status-Status}", name],
    {
      reject: false,
    },
  );
  return query.stdout === "installed";
}
