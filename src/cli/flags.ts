import type { FlagsAt, SharedFlags } from "../options/flags.ts";
import type { LocatedBuildpacks } from "./project/local-buildpacks.ts";

/** Flags that say how a project becomes an image, whoever builds it. */
export type ProjectFlags = SharedFlags<"generate", "build"> &
  Pick<FlagsAt<"generate">, "descriptor" | "platform" | "image">;

/** Flags of a command that makes a Dockerfile, or says what would be in it. */
export type CompilingFlags = SharedFlags<"generate", "check"> & LocatedBuildpacks;

export type GenerateFlags = FlagsAt<"generate"> & LocatedBuildpacks;
export type CheckFlags = FlagsAt<"check"> & LocatedBuildpacks;
export type PlanFlags = FlagsAt<"plan"> & LocatedBuildpacks;
export type BuildFlags = FlagsAt<"build">;
/** Each is one of `build`, too. */
export type CacheFlags = FlagsAt<"cache">;
export type RebaseFlags = FlagsAt<"rebase">;

/** Flags that say how registries are reached from here; what is made does not depend on them. */
export type AccessFlags = SharedFlags<"generate", "rebase">;
