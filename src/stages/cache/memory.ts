import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { keptDirectory, platformsDirectory } from "../paths.ts";
import type { Mount } from "../stage.ts";

/** Whether buildpacks are offered what the app's cache remembers of the last image. A previous image that is named comes first. */
export function offersMemory({ previousImage }: LifecyclePlan): boolean {
  return previousImage === undefined;
}

/** The layers that were offered, for what buildpacks kept of them. */
export const memoryMount: Mount = {
  ...{ kind: "bind", from: "cached" },
  ...{ source: keptDirectory, target: keptDirectory },
};

/** Where they are, and what they were made upon. The stage has to declare `TARGETPLATFORM`. */
export function memoryFlags({ execEnv }: LifecyclePlan): readonly string[] {
  return [
    ...[`--kept=${keptDirectory}`, `--platforms=${platformsDirectory}`],
    ...(execEnv === undefined ? [] : [`--exec-env=${execEnv}`]),
  ];
}
