import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import type { TracedStep } from "../../engines/run/trace-steps.ts";
import { formatPlatform } from "../../image/platform.ts";
import { stagePlace } from "../outputs/build-run.ts";
import type { TracedEnding } from "../steps/handover.ts";
import { downloadList, formatDownloads, type RunDownloads, refusedDownloads } from "./download-list.ts";
import { refusedUrlsIn } from "./source-policy.ts";

/** How many refused downloads are told one by one. */
const maxTold = 20;

/** The platform of a build that has one. In: none is asked for: the engine's own. */
function onlyPlatform(engine: Engine, { platforms }: BuildRequest): string | undefined {
  const [first = engine.platforms[0], second] = platforms;
  return first === undefined || second !== undefined ? undefined : formatPlatform(first);
}

/** The file of `--downloads`. */
export function downloadsText(engine: Engine, request: BuildRequest, runs: readonly RunDownloads[]): string {
  return formatDownloads(downloadList(runs, onlyPlatform(engine, request)));
}

/**
 * What a run requested that its list of allowed downloads does not have: faults if it failed, warnings if not. In: that list's file; absent:
 * everything was allowed.
 */
export function refusals(
  engine: Engine,
  request: BuildRequest,
  { exitCode, lastWord = "", downloads }: TracedEnding,
  file: string | undefined,
): Diagnostic[] {
  if (file === undefined) return [];
  const only = onlyPlatform(engine, request);
  const ofSteps = downloads.flatMap((run) => refusedDownloads(run, only));
  const known = new Set(ofSteps.map(({ url }) => url));
  const ofSources = refusedUrlsIn(lastWord).filter((url) => !known.has(url));
  const buildpacks = failedBuildpacks(lastWord);
  return [...ofSteps, ...ofSources.map((url) => ({ url, platform: undefined }))]
    .slice(0, maxTold)
    .map(({ url, platform }) => {
      const values = { url, platform, file };
      return exitCode === 0
        ? diagnose("cli/download-left-out", values, { file })
        : diagnose("cli/download-refused", { ...values, buildpacks }, { file });
    });
}

/** How a run ended that refused something: trying again cannot help, whatever it looks like to BuildKit. */
export function finalOf<E extends TracedEnding>(ending: E, refused: readonly Diagnostic[]): E {
  return refused.length === 0 ? ending : { ...ending, isTemporary: false };
}

/** As our frontend names them in its last word. Empty: it does not. */
function failedBuildpacks(lastWord: string): readonly string[] {
  const [, names = ""] =
    / a buildpack failed, (?:one of )?([^\s,]+(?:, [^\s,]+)*)\. \[frontend\/phase-failed\]/.exec(lastWord) ??
    [];
  return names === "" ? [] : names.split(", ");
}

/** A build phase that BuildKit answered from its cache downloaded nothing, so a list of this build says nothing of it. */
export function cachedDownloads(runs: readonly RunDownloads[], file: string): Diagnostic[] {
  const steps = runs.flatMap((run) => run.steps.filter(isBuildPhase));
  const ran = steps.filter(({ outcome }) => outcome === "ran");
  if (steps.length === 0 || ran.length > 0) return [];
  return [diagnose("cli/downloads-cached", { file }, { file: "--downloads" })];
}

function isBuildPhase({ name }: TracedStep): boolean {
  const { stage, instruction } = stagePlace(name) ?? {};
  return stage === "build" && instruction === "RUN";
}
