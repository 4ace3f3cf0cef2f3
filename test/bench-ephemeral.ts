import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { compare } from "./bench-pairs.ts";
import { type SecondBuildkit, startSecondBuildkit } from "./e2e/second-buildkit.ts";
import type { Lab } from "./lab/lab.ts";

const program = join(import.meta.dirname, "..", "dist", "main.js");

/**
 * What a CI runner that is new for each build takes for a changed line: pack on a docker daemon without any image, and `build` on a
 * BuildKit without any cache, each with its cache image. Neither daemon's start counts.
 */
export async function benchEphemeral(lab: Lab, directory: string): Promise<void> {
  const docker = await lab.docker();
  const id = Date.now();
  const name = (what: string) => `${lab.registry}/bench/ephemeral-${what}:${id}`;
  const always = ["--publish", "--network=host", "--trust-builder", `--cache-image=${name("pack-cache")}`];
  const prune = async () => {
    for (const path of ["/containers/prune", "/volumes/prune", "/images/prune"]) {
      const filters = path === "/images/prune" ? { dangling: ["false"] } : {};
      await docker.call("POST", `${path}?filters=${encodeURIComponent(JSON.stringify(filters))}`);
    }
  };
  const pack = () => {
    const words = ["build", name("pack"), `--builder=${lab.images.builder}`, ...always];
    return lab.pack(words, { cwd: directory, env: docker.environment });
  };
  let fresh: SecondBuildkit | undefined;
  const renew = async () => {
    await fresh?.close();
    fresh = await startSecondBuildkit(lab, { name: "ephemeral" });
  };
  const ours = () => {
    const words = ["--engine=buildkit", "--platform=linux/amd64", `--tag=${name("ours")}`, "--push"];
    const env = { ...lab.environment, CNB_DOCKERFILE_IMAGE: "", ...fresh?.environment };
    const command = [
      "build",
      `--builder=${lab.images.builder}`,
      `--cache-image=${name("cache")}`,
      ...words,
      ".",
    ];
    return execa(execPath, [program, ...command], { cwd: directory, env, stdin: "ignore" });
  };
  const sides = [
    { title: "pack", before: prune, run: pack },
    { title: "ours", before: renew, run: ours },
  ] as const;
  const change = () => writeFileSync(join(directory, "changed.txt"), `${Date.now()} ${Math.random()}`);
  try {
    await compare("a new runner, first build, which writes the cache images", 1, sides, change);
    await compare("a new runner, one line changed", 5, sides, change);
  } finally {
    await fresh?.close();
  }
}
