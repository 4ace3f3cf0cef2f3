import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import type { Mount } from "./stage.ts";

/** Operator's variables for buildpacks, where a proxy is set; like the joined bundle, they end with the step. */
const buildConfigDirectory = "/dev/shm/cnb-dockerfile-build-config";

/** What `phase` does before `build`: with a CA bundle of the user's it joins the builder's to it, else leads tools to that one. */
export function certificateFlags({ secrets }: LifecyclePlan): string[] {
  const bundles = secrets.flatMap(({ target, joined }) =>
    joined === undefined ? [] : [`${target}:${joined}`],
  );
  return bundles.length > 0
    ? bundles.map((places) => `--join-certificates=${places}`)
    : [`--build-config=${buildConfigDirectory}`];
}

/** Without network, detect has nothing to join for; the variables lead to a bundle there, too. */
export function certificateMounts({ secrets, user }: LifecyclePlan): Mount[] {
  return secrets.flatMap(({ id, joined }): Mount[] =>
    joined === undefined ? [] : [{ kind: "secret", id, target: joined, owner: user }],
  );
}
