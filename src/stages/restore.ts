import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { cacheMount } from "./cache-mount.ts";
import { cacheDirectory, layersDirectory, lifecycleDirectory, targetPlatform } from "./paths.ts";
import type { Stage } from "./stage.ts";

/** `restore`: layers that the buildpacks cached last time. */
export function restoreStage(plan: LifecyclePlan): Stage {
  return {
    name: "restore",
    base: { kind: "stage", name: "detect" },
    purpose: ["restore: layers that these buildpacks cached in an earlier build of this app."],
    instructions: [
      { kind: "arg", name: targetPlatform },
      ...(plan.previousImage === undefined
        ? []
        : [
            {
              kind: "copy" as const,
              from: "previous" as const,
              source: "/",
              destination: `${layersDirectory}/`,
              owner: plan.user,
              link: false,
            },
          ]),
      {
        kind: "run",
        network: false,
        mounts: [cacheMount(plan)],
        argv: [
          `${lifecycleDirectory}/restorer`,
          "-cache-dir",
          cacheDirectory,
          // Without a run.toml the restorer has no run image to look up in a registry.
          ...(plan.restorerChecksRunImage ? ["-run", "/nonexistent"] : []),
        ],
      },
    ],
  };
}
