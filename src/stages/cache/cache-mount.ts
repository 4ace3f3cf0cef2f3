import { cacheScopeArgument } from "../../options/step-variables.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import { present } from "../../present.ts";
import { cacheDirectory, cacheMountPrefix, targetPlatform } from "../paths.ts";
import type { ArgInstruction, Mount } from "../stage.ts";

const scopeInId = `\${${cacheScopeArgument}:+$${cacheScopeArgument}@}`;

/** A mount's id as BuildKit reads it but for the platform. In: the scope; absent: there is none. */
export function scopedMountId(id: string, scope: string | undefined): string {
  return id.replace(scopeInId, scope === undefined ? "" : `${scope}@`);
}

/** The mount that holds the lifecycle's cache of one app and one platform. The stage has to declare `cacheArguments`. */
export function cacheMount({ cache, user }: LifecyclePlan): Mount {
  return {
    kind: "cache",
    // An id has no `@`, so none is like one with a scope.
    id: `${cacheMountPrefix}${scopeInId}${cache.id}/\${${targetPlatform}}`,
    target: cacheDirectory,
    owner: user,
  };
}

/** Id of a cache that a buildpack has at a path of its own. No platform has as many slashes, so no other mount has it. */
export function volumeMountId({ cache }: LifecyclePlan, name: string): string {
  return `${cacheMountPrefix}${scopeInId}${cache.id}/\${${targetPlatform}}/volume/${name}`;
}

/** Arguments that the mount's id is made of. The scope is whoever's who builds, else the one of this file. */
export function cacheArguments({ cache }: LifecyclePlan): ArgInstruction[] {
  const own = cache.scope?.own;
  return [
    { kind: "arg", name: targetPlatform },
    { kind: "arg", name: cacheScopeArgument, ...present({ value: own }) },
  ];
}
