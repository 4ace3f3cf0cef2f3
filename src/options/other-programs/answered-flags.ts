import type { Door } from "../option.ts";
import { answeredBuildxFlags, forgottenFlags } from "./buildx-flags.ts";
import { answeredPackFlags } from "./pack-flags.ts";

/** The answer to a flag. */
interface FlagAnswer {
  readonly flags: string;
  readonly code: "cli/pack-flag" | "cli/pack-flag-of-build" | "cli/buildx-flag";
  readonly instead: string;
}

/** Flags of other programs that a command answers. */
export function answersAt(door: Door): FlagAnswer[] {
  const ofPack = answeredPackFlags.flatMap(({ flags, instead, insteadOfBuild }): FlagAnswer[] => {
    if (door !== "build" && door !== "cache") return [{ flags, code: "cli/pack-flag", instead }];
    return insteadOfBuild === undefined
      ? []
      : [{ flags, code: "cli/pack-flag-of-build", instead: insteadOfBuild }];
  });
  switch (door) {
    case "generate":
    case "check":
    case "plan":
      return ofPack;
    case "build":
    case "cache":
      return [
        ...ofPack,
        ...answeredBuildxFlags.map(
          ({ flags, insteadOfBuild = "" }): FlagAnswer => ({
            flags,
            code: "cli/buildx-flag",
            instead: insteadOfBuild,
          }),
        ),
      ];
    case "rebase":
    case "frontend":
    case "container":
      return [];
  }
}

/** Flags that a command takes and does nothing with. */
export function forgottenAt(door: Door): readonly string[] {
  return door === "build" || door === "cache" ? forgottenFlags : [];
}
