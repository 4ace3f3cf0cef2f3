import type { TracedStep } from "../../engines/run/trace-steps.ts";
import { formatPlatform } from "../../image/platform.ts";
import type { BuildResult } from "../outputs/build-result.ts";
import type { ReadyBuild } from "../ready-build.ts";

/** How a build ran, for its result. In: what its steps did; none: that is not wanted, or not known. */
export function runOf(
  {
    engine,
    imageRequest: { platforms, noCache, noCacheFilter },
  }: Pick<ReadyBuild, "engine" | "imageRequest">,
  steps: readonly TracedStep[],
): Pick<BuildResult, "run"> {
  if (steps.length === 0) return {};
  const built = platforms.length > 0 ? platforms : engine.platforms.slice(0, 1);
  return { run: { steps, platforms: built.map(formatPlatform), noCache: noCache ? "all" : noCacheFilter } };
}
