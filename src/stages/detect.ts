import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { appDirectory, lifecycleDirectory } from "./paths.ts";
import type { Stage } from "./stage.ts";

/** `detect`: which buildpacks want to take part. */
export function detectStage({ user }: LifecyclePlan): Stage {
  return {
    name: "detect",
    base: { kind: "stage", name: "builder" },
    purpose: ["detect: the buildpacks look at the source and say which of them take part."],
    instructions: [
      {
        kind: "copy",
        from: "source",
        source: `${appDirectory}/`,
        destination: `${appDirectory}/`,
        owner: user,
        link: false,
      },
      { kind: "run", network: false, mounts: [], argv: [`${lifecycleDirectory}/detector`] },
    ],
  };
}
