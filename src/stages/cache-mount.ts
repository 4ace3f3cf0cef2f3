import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { cacheDirectory, targetPlatform } from "./paths.ts";
import type { Mount } from "./stage.ts";

/** The mount that holds the lifecycle's cache of one app and one platform. The stage has to declare the platform. */
export function cacheMount({ cache, user }: LifecyclePlan): Mount {
  return {
    kind: "cache",
    id: `cnb-dockerfile/${cache.id}/\${${targetPlatform}}`,
    target: cacheDirectory,
    owner: user,
  };
}
