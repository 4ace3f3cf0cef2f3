import type { Door } from "../option.ts";
import { optionsAt } from "../table.ts";
import { answeredBuildxFlags, forgottenFlags } from "./buildx-flags.ts";
import { answeredPackFlags } from "./pack-flags.ts";

/** The answer to a flag. */
interface FlagAnswer {
  readonly flags: string;
  readonly code: "cli/pack-flag" | "cli/pack-flag-of-build" | "cli/buildx-flag" | "cli/flag-of-build";
  readonly instead: string;
}

/** Flags of other programs, and of `build`, that a command answers. */
export function answersAt(door: Door): FlagAnswer[] {
  switch (door) {
    case "generate":
    case "check":
    case "plan":
      return answeredPackFlags.map(({ flags, instead }) => ({ flags, code: "cli/pack-flag", instead }));
    case "build":
      return answersOfBuild();
    case "cache":
      return [...flagsOfBuildAlone(), ...answersOfBuild().map(({ flags }) => flags), ...forgottenFlags].map(
        (flags) => ({ flags, code: "cli/flag-of-build", instead: "" }),
      );
    case "rebase":
    case "frontend":
    case "container":
      return [];
  }
}

function answersOfBuild(): FlagAnswer[] {
  return [
    ...answeredPackFlags.flatMap(({ flags, insteadOfBuild: instead }): FlagAnswer[] =>
      instead === undefined ? [] : [{ flags, code: "cli/pack-flag-of-build", instead }],
    ),
    ...answeredBuildxFlags.map(
      ({ flags, insteadOfBuild: instead = "" }): FlagAnswer => ({ flags, code: "cli/buildx-flag", instead }),
    ),
  ];
}

/** Flags that change the image, and not which buildpack cache is the app's. */
function flagsOfBuildAlone(): string[] {
  const taken = new Set(optionsAt("cache").flatMap(({ flag = [] }) => flag));
  return optionsAt("build").flatMap(({ flag }) => (flag === undefined || taken.has(flag) ? [] : [flag]));
}

/** Flags that a command takes and does nothing with. */
export function forgottenAt(door: Door): readonly string[] {
  return door === "build" ? forgottenFlags : [];
}
