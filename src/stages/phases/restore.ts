import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { cacheArguments, cacheMount } from "../cache/cache-mount.ts";
import { offersMemory } from "../cache/memory.ts";
import {
  cacheDirectory,
  cacheStateDirectory,
  layersDirectory,
  lifecycleDirectory,
  offerDirectory,
} from "../paths.ts";
import type { CopyInstruction, Stage } from "../stage.ts";
import { buildingBuilder } from "./extend.ts";
import { hideVariables, nativeMounts, phaseCommand } from "./phase.ts";

/**
 * `restore`: layers that the buildpacks cached last time. It has no source, which the restorer does not look at: for the same
 * buildpacks and the same cache, a changed source restores nothing again.
 */
export function restoreStage(plan: LifecyclePlan): Stage {
  const copy = (from: CopyInstruction["from"], source: string, destination = source): CopyInstruction => ({
    ...{ kind: "copy", from, source, destination, owner: plan.user, link: false },
  });
  return {
    name: "restore",
    base: buildingBuilder(plan),
    purpose: ["restore: layers that these buildpacks cached in an earlier build of this app."],
    instructions: [
      ...cacheArguments(plan),
      ...hideVariables(plan),
      copy("detect", `${layersDirectory}/group.toml`),
      ...(plan.previousImage === undefined ? [] : [copy("previous", "/", `${layersDirectory}/`)]),
      ...(offersMemory(plan) ? [copy("cached", `${offerDirectory}/`, `${layersDirectory}/`)] : []),
      {
        kind: "run",
        network: false,
        mounts: [
          ...nativeMounts,
          { kind: "bind", from: "cached", source: cacheStateDirectory, target: cacheStateDirectory },
          cacheMount(plan),
        ],
        // `build` reads everything as the same user, also what buildpacks had closed to him; `export` is told what the layers are.
        argv: phaseCommand(
          plan,
          [`--open=${layersDirectory}`, `--restored-from=${cacheDirectory}`],
          [
            `${lifecycleDirectory}/restorer`,
            "-cache-dir",
            cacheDirectory,
            // Without a run.toml the restorer has no run image to look up in a registry.
            ...(plan.restorerChecksRunImage ? ["-run", "/nonexistent"] : []),
          ],
        ),
      },
    ],
  };
}
