import { exportProgram } from "../../contract/program.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { buildOutput } from "../image/build-output.ts";
import { cacheDirectory, layersDirectory, targetPlatform } from "../paths.ts";
import { toolWithFacts } from "../phases/extend.ts";
import type { Stage } from "../stage.ts";
import { memoryFlags, memoryMount } from "./memory.ts";

/** `cache-files`: the cache again, made from the build's files: a mount may be empty by now. */
export function cacheFilesStage(plan: LifecyclePlan): Stage {
  const { user, platformApi } = plan;
  return {
    name: "cache-files",
    base: toolWithFacts(plan),
    purpose: ["cache-files: the cache of this build. Runs only for the target `cache`."],
    instructions: [
      { kind: "arg", name: targetPlatform },
      {
        kind: "run",
        network: false,
        mounts: [...buildOutput, memoryMount],
        argv: [
          "node",
          exportProgram,
          "cache",
          `--layers=${layersDirectory}`,
          `--user=${user.uid}:${user.gid}`,
          `--cache=${cacheDirectory}`,
          `--platform-api=${platformApi}`,
          ...memoryFlags(plan),
        ],
      },
    ],
  };
}

/** `cache`: the cache as a folder or an image, for machines that do not keep cache mounts. */
export function cacheStage({ user }: LifecyclePlan): Stage {
  return {
    name: "cache",
    base: { kind: "scratch" },
    purpose: ["cache: exports the cache as files: `--target cache --output DIRECTORY`."],
    instructions: [
      {
        kind: "copy",
        from: "cache-files",
        source: `${cacheDirectory}/`,
        destination: "/",
        owner: user,
        link: true,
      },
    ],
  };
}
