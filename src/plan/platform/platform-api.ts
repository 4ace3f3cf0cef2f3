import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";

/** Platform APIs that we speak, lowest first. Below 0.12 a builder has stack.toml and no targets. */
const platformApis: readonly string[] = ["0.12", "0.13", "0.14", "0.15"];

/**
 * Chooses the highest Platform API in common, as pack does.
 * In: for each platform, what its builder's lifecycle knows; the user's wish. Throws CompileError where there is none.
 */
export function choosePlatformApi(
  known: readonly (readonly string[])[],
  wanted: string | undefined,
  builder: string,
): string {
  const common = platformApis.filter((api) => known.every((apis) => apis.includes(api)));
  const builderApis = [...new Set(known.flat())];
  if (wanted !== undefined) {
    if (common.includes(wanted)) return wanted;
    throw new CompileError([
      diagnose(
        "plan/platform-api-unavailable",
        { wanted, builder, builderApis, ours: platformApis },
        {
          file: "--platform-api",
        },
      ),
    ]);
  }
  const highest = common.at(-1);
  if (highest !== undefined) return highest;
  throw new CompileError([
    diagnose("plan/no-common-platform-api", { builder, builderApis, ours: platformApis }, { file: builder }),
  ]);
}

/** Whether `api` is `least` or later; both as `0.12`. */
export function atLeast(api: string, least: string): boolean {
  const [major = 0, minor = 0] = api.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
