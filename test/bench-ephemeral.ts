import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath, stdout } from "node:process";
import { execa } from "execa";
import { startSecondBuildkit } from "./e2e/second-buildkit.ts";
import { median } from "./helpers/median.ts";
import type { Lab } from "./lab/lab.ts";

const program = join(import.meta.dirname, "..", "dist", "main.js");
const pairCount = 5;

/**
 * What a CI runner that is new for each build takes for a changed line: pack on a docker daemon without any image, and `build` on a
 * BuildKit without any cache, each with its cache image. Neither daemon's start counts.
 */
export async function benchEphemeral(lab: Lab, directory: string): Promise<void> {
  const docker = await lab.docker();
  const id = Date.now();
  const name = (what: string) => `${lab.registry}/bench/ephemeral-${what}:${id}`;
  const always = ["--publish", "--network=host", "--trust-builder", `--cache-image=${name("pack-cache")}`];
  const pack = async () => {
    for (const path of ["/containers/prune", "/volumes/prune", "/images/prune"]) {
      const filters = path === "/images/prune" ? { dangling: ["false"] } : {};
      await docker.call("POST", `${path}?filters=${encodeURIComponent(JSON.stringify(filters))}`);
    }
    const options = { cwd: directory, env: docker.environment };
    return timed(() =>
      lab.pack(["build", name("pack"), `--builder=${lab.images.builder}`, ...always], options),
    );
  };
  const ours = async () => {
    const fresh = await startSecondBuildkit(lab, { name: "ephemeral" });
    try {
      const words = ["--engine=buildkit", "--platform=linux/amd64", `--tag=${name("ours")}`, "--push"];
      const env = { ...lab.environment, CNB_DOCKERFILE_IMAGE: "", ...fresh.environment };
      const command = [
        "build",
        `--builder=${lab.images.builder}`,
        `--cache-image=${name("cache")}`,
        ...words,
        ".",
      ];
      return await timed(() =>
        execa(execPath, [program, ...command], { cwd: directory, env, stdin: "ignore" }),
      );
    } finally {
      await fresh.close();
    }
  };
  const pairs: (readonly [number, number])[] = [];
  for (let index = 0; index <= pairCount; index++) {
    writeFileSync(join(directory, "changed.txt"), `${Date.now()} ${index}`);
    pairs.push([await pack(), await ours()]);
  }
  // The first ones write the cache images.
  const later = pairs.slice(1);
  const seconds = (value: (pair: readonly [number, number]) => number) =>
    (median(later.map(value).sort((a, b) => a - b)) / 1000).toFixed(1);
  const ratio = median(later.map(([a, b]) => b / a).sort((a, b) => a - b)).toFixed(2);
  stdout.write(
    `a new runner, one line changed: pack ${seconds(([ms]) => ms)} s, ours ${seconds(([, ms]) => ms)} s, ratio ${ratio} (${pairCount} pairs)\n`,
  );
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
