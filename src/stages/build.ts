import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { replacingMounts, secretMounts } from "./modules.ts";
import { lifecycleDirectory } from "./paths.ts";
import type { Stage } from "./stage.ts";

/** `build`: the buildpacks themselves; the only phase with network. */
export function buildStage(plan: LifecyclePlan): Stage {
  return {
    name: "build",
    base: { kind: "stage", name: "restore" },
    purpose: ["build: the buildpacks run. The only step with network."],
    instructions: [
      {
        kind: "run",
        network: true,
        mounts: [
          ...replacingMounts(plan),
          ...secretMounts(plan),
          ...(plan.ssh === undefined ? [] : [{ kind: "ssh" as const, ...plan.ssh, owner: plan.user }]),
        ],
        argv: [`${lifecycleDirectory}/builder`],
      },
    ],
  };
}
