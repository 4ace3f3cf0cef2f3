import type { LifecyclePlan } from "../plan/lifecycle-plan.ts";
import { cacheArguments, volumeMountId } from "./cache/cache-mount.ts";
import { volumeContext } from "./paths.ts";
import type { ArgInstruction, Mount, Stage } from "./stage.ts";

/** One stage for each directory, which the context of its name takes the place of. */
export function volumeStages({ volumes = [] }: LifecyclePlan): Stage[] {
  return volumes.flatMap((volume) =>
    volume.kind === "cache"
      ? []
      : [
          {
            name: volume.context,
            base: { kind: "context" as const, name: `${volumeContext}:${volume.context}`, files: [] },
            purpose: [
              `${volume.context}: your directory, mounted at ${volume.target} for detect and build:`,
              `--build-context ${volume.context}=DIRECTORY`,
            ],
            instructions: [],
          },
        ],
  );
}

/** Directories, read-only. */
export function directoryMounts({ volumes = [] }: LifecyclePlan): Mount[] {
  return volumes.flatMap((volume): Mount[] =>
    volume.kind === "cache"
      ? []
      : [{ kind: "bind", from: volume.context, source: "/", target: volume.target }],
  );
}

/** Caches, for the phase that has the network to fill them. The stage has to declare `volumeArguments`. */
export function cacheVolumeMounts(plan: LifecyclePlan): Mount[] {
  return (plan.volumes ?? []).flatMap((volume): Mount[] =>
    volume.kind === "directory"
      ? []
      : [{ kind: "cache", id: volumeMountId(plan, volume.name), target: volume.target, owner: plan.user }],
  );
}

/** Arguments that the ids of the caches are made of. */
export function volumeArguments(plan: LifecyclePlan): ArgInstruction[] {
  return cacheVolumeMounts(plan).length === 0 ? [] : cacheArguments(plan);
}
