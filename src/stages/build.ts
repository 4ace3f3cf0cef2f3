import { lifecycleDirectory } from "./paths.ts";
import type { Stage } from "./stage.ts";

/** `build`: the buildpacks themselves; the only phase with network. */
export function buildStage(): Stage {
  return {
    name: "build",
    base: { kind: "stage", name: "restore" },
    purpose: ["build: the buildpacks run. The only step with network."],
    instructions: [{ kind: "run", network: true, mounts: [], argv: [`${lifecycleDirectory}/builder`] }],
  };
}
