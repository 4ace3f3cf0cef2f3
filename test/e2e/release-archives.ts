import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import type { Lab } from "../lab/lab.ts";
import { listedBuildkit } from "../lab/tool-list.ts";

/** Copies the programs of a private BuildKit, and Node, to `bin` of a place that all may read, as the lab is not. */
export async function copyPrograms(lab: Lab, place: string): Promise<void> {
  mkdirSync(join(place, "bin"), { recursive: true });
  for (const [name, file] of Object.entries({
    buildkitd: lab.tools["buildkitd-listed"],
    buildctl: lab.tools["buildctl-listed"],
    rootlesskit: lab.tools.rootlesskit,
    ...{ runc: (await execa("which", ["runc"])).stdout, node: execPath },
  })) {
    copyFileSync(file, join(place, "bin", name));
    chmodSync(join(place, "bin", name), 0o755);
  }
}

/** A PATH with what every Linux system has, and nothing of BuildKit. */
export async function bareSystem(place: string): Promise<string> {
  const directory = join(place, "system");
  if (existsSync(directory)) return directory;
  mkdirSync(directory);
  const programs = ["flock", "mkdir", "mount", "newgidmap", "newuidmap", "sh", "sleep", "unshare"];
  const { stdout } = await execa("which", programs);
  await execa("ln", ["-s", ...stdout.split("\n"), directory]);
  return directory;
}

/** Archives as the releases have them, of the lab's programs. Out: where they are, and the list of them. */
export async function releases(place: string) {
  const directory = join(place, "releases");
  const names = ["buildkitd", "buildctl", "buildkit-runc"];
  if (!existsSync(directory)) {
    mkdirSync(join(directory, "bin"), { recursive: true });
    for (const name of [...names, "rootlesskit"]) {
      const program = join(place, "bin", name.replace("buildkit-runc", "runc"));
      copyFileSync(program, join(directory, "bin", name));
    }
    const pack = (file: string, ...words: string[]) =>
      execa("tar", [
        "-C",
        directory,
        "--use-compress-program=gzip -1",
        "-cf",
        join(directory, file),
        ...words,
      ]);
    await pack("buildkit.tar.gz", ...names.map((name) => `bin/${name}`));
    await pack("rootlesskit.tar.gz", "-C", "bin", "rootlesskit");
  }
  const archive = async (address: string, file: string) => {
    const { stdout } = await execa("sha256sum", [join(directory, file)]);
    const sizeBytes = readFileSync(join(directory, file)).length;
    return { amd64: { url: `${address}/${file}`, sha256: stdout.slice(0, 64), sizeBytes } };
  };
  const archives = {
    buildkit: await archive("", "buildkit.tar.gz"),
    rootlesskit: await archive("", "rootlesskit.tar.gz"),
  };
  const at = (address: string, { amd64 }: (typeof archives)["buildkit"]) => ({
    amd64: { ...amd64, url: `${address}${amd64.url}` },
  });
  return {
    directory,
    listFor: (address: string) => ({
      releases: [
        {
          ...{ name: "buildkit", version: listedBuildkit.slice(1), archives: at(address, archives.buildkit) },
          members: Object.fromEntries(names.map((name) => [name, `bin/${name}`])),
        },
        {
          ...{ name: "rootlesskit", version: "3.1.0", archives: at(address, archives.rootlesskit) },
          members: { rootlesskit: "rootlesskit" },
        },
      ],
    }),
  };
}
