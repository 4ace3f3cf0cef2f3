import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { Engine, EngineName, Search } from "../../engines/engine.ts";
import { formatPlatform, type Platform, samePlatform } from "../../image/platform.ts";
import {
  isOlder,
  isTooOld,
  oldestBuildkit,
  oldestProxyNetwork,
} from "../../private-buildkit/programs/oldest-buildkit.ts";

/** What a build asks of an engine. */
export interface EngineNeeds {
  readonly platforms: readonly Platform[];
  /** Whether images are written to files in a form that a classic docker daemon does not make. */
  readonly needsArchive: boolean;
  /** Whether the steps' requests go through BuildKit's proxy; absent: no. */
  readonly needsProxyNetwork?: boolean;
  /** Whether BuildKit gets the frontend's image from us. */
  readonly needsHandedFrontend: boolean;
}

/** An engine to look for, and why it comes before the next one. */
export interface Candidate {
  readonly name: EngineName;
  readonly why: string;
  /** Whether the user named it: where it is not there, nobody else takes its place. */
  readonly isNamed?: boolean;
  readonly search: () => Promise<Search>;
}

/** The engine that was chosen, and why; the reason is for people. */
interface Choice {
  readonly engine: Engine;
  readonly why: string;
}

/** What helps where docker's own BuildKit cannot do it with the classic image store. */
const makeInstance =
  "create a builder with `docker buildx create --use`, or switch Docker to the containerd image store";

/**
 * Takes the first candidate that is there and can do what the build needs. Throws CompileError with what was tried and
 * how to get each when none can.
 */
export async function chooseEngine(candidates: readonly Candidate[], needs: EngineNeeds): Promise<Choice> {
  const reasons: string[] = [];
  const remedies: string[] = [];
  for (const { name, why, isNamed, search } of candidates) {
    const result = await search();
    if (result.kind === "missing" && isNamed === true) throw none([result.reason], [result.remedy]);
    const lack = result.kind === "missing" ? result : lackOf(result.engine, needs);
    if (result.kind === "found" && lack === undefined) return { engine: result.engine, why };
    if (result.kind === "found") await result.engine.close?.();
    if (lack === undefined) continue;
    reasons.push(candidates.length === 1 ? lack.reason : `${name}: ${lack.reason}`);
    remedies.push(lack.remedy);
  }
  throw none(reasons, remedies);
}

function none(reasons: readonly string[], remedies: readonly string[]): CompileError {
  return new CompileError([diagnose("engines/none", { reasons, remedies })]);
}

/** Why an engine cannot do it, and what would help. Undefined: it can. */
function lackOf(
  { name, title, platforms, versions, isLimited, load }: Engine,
  needs: EngineNeeds,
): { readonly reason: string; readonly remedy: string } | undefined {
  const missing = needs.platforms.filter((wanted) => !platforms.some((there) => samePlatform(there, wanted)));
  if (missing.length > 0) {
    const names = missing.map(formatPlatform);
    const architectures = [...new Set(missing.map(({ architecture }) => architecture))];
    return {
      reason: `${title} does not support ${names.join(", ")}, only ${platforms.map(formatPlatform).join(", ")}`,
      remedy: `install emulation: \`docker run --privileged --rm tonistiigi/binfmt --install ${architectures.join(",")}\`, or \`apt-get install qemu-user-static binfmt-support\`; or add a node for that platform`,
    };
  }
  if (isLimited && needs.platforms.length > 1) {
    return {
      reason: `${title} builds one platform at a time`,
      remedy: makeInstance,
    };
  }
  if (isLimited && needs.needsArchive) {
    return {
      reason: `${title} cannot write images to files`,
      remedy: makeInstance,
    };
  }
  if (needs.needsProxyNetwork === true) {
    if (name === "buildx") {
      return {
        reason: `${title} has no option for a proxy network`,
        remedy: "build with `--engine buildkit` or `--engine daemonless`",
      };
    }
    const withoutProxy = versions.find((version) => isOlder(version, oldestProxyNetwork));
    if (withoutProxy !== undefined) {
      return {
        reason: `${title} has BuildKit ${withoutProxy}, which has no proxy network`,
        remedy: `update it to ${oldestProxyNetwork} or later, or build with \`--engine daemonless\``,
      };
    }
  }
  const old = versions.find(isTooOld);
  if (needs.needsHandedFrontend && load === undefined && old !== undefined) {
    return {
      reason: `${title} has BuildKit ${old}, which cannot load the helper image from the client`,
      remedy: `update it to ${oldestBuildkit} or later, or push the helper image to a registry and pass it with \`--image\``,
    };
  }
  return undefined;
}
