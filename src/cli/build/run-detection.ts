import type { BuildEnding } from "../../build/build-ending.ts";
import { type DetectedPlatform, detectProject } from "../../build/detect-project.ts";
import { secretId } from "../../build/handed/offered-secrets.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { nothingPassed } from "../../overview/detection.ts";
import type { LifecyclePlan } from "../../plan/lifecycle-plan.ts";
import type { BuildFlags, GenerateFlags, PlanFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import type { Terminal } from "../terminal.ts";
import { buildPorts } from "./build-ports.ts";
import { isVariable } from "./project-arguments.ts";
import { readBuildOrder } from "./read-build-order.ts";

type CompilingFlags = PlanFlags | GenerateFlags;

interface RunDetection {
  readonly ending: BuildEnding;
  /** Empty unless it is `done`. */
  readonly platforms: readonly DetectedPlatform[];
}

/** A plan, and the flags that it was made by. */
export interface Planned<Flags> {
  readonly asked: Asked<Flags>;
  readonly plan: LifecyclePlan;
  /** In the syntax of `build --secret`. */
  readonly offered: readonly string[];
}

/** Runs detection of a project that was compiled. Throws as `buildImage`. What the compiler has reported is not reported again. */
export function runDetection(
  path: string,
  { asked: { flags, defaults }, plan, offered }: Planned<CompilingFlags>,
  terminal: Terminal,
): Promise<RunDetection> {
  const given = new Set(offered.map(secretId));
  requireDeclared(flags.secret ?? [], given);
  const ofVariables = plan.secrets
    .filter(({ id }) => !given.has(id) && process.env[id] !== undefined)
    .map(({ id }) => `id=${id},env=${id}`);
  const built: BuildFlags = {
    ...buildFlags(flags),
    platform: plan.platforms.map(({ platform }) => platform),
    secret: [...offered, ...ofVariables],
  };
  const ports = buildPorts(built, process.env, terminal, defaults);
  const known = new Set(terminal.reported.map(keyOf));
  const report = (diagnostic: Diagnostic) => {
    if (!known.has(keyOf(diagnostic))) ports.report(diagnostic);
  };
  return detectProject(readBuildOrder(path, built, process.env), { ...ports, report });
}

/** Throws CompileError for a secret that is declared here and that nothing offers: detection would find something else than the build. */
function requireDeclared(declared: readonly string[], offered: ReadonlySet<string>): void {
  const missing = declared.filter((id) => !offered.has(id) && process.env[id] === undefined);
  if (missing.length === 0) return;
  const location = { file: "--secret" };
  throw new CompileError(
    missing.map((id) => diagnose("cli/secret-not-offered", { id, place: location.file }, location)),
  );
}

/** Faults for the platforms on which detection failed. */
export function detectionFaults(platforms: readonly DetectedPlatform[]): Diagnostic[] {
  return platforms
    .filter(({ detection }) => detection.group === undefined)
    .map(({ platform, detection: { exitCode } }) =>
      nothingPassed.includes(exitCode)
        ? diagnose("cli/nothing-detected", { platform, exitCode })
        : diagnose("frontend/phase-failed", { phase: "detect", exitCode, platform, buildpacks: [] }),
    );
}

function keyOf({ code, message }: Diagnostic): string {
  return `${code} ${message}`;
}

/**
 * The flags as `build` has them, without those that say where the command's own result goes. What `--build-arg` says is in the other flags
 * already.
 */
function buildFlags(flags: CompilingFlags): BuildFlags {
  const { path: _, output: __, json: ___, ssh: ____, buildArg: _____, secret: ______, ...others } = flags;
  return others;
}

/** The flags as a compiler has them, and secrets that are offered: `--secret` takes what it does at `build`, too. */
export function withOfferedSecrets<Flags extends CompilingFlags>(
  flags: Flags,
): { readonly flags: Flags; readonly offered: readonly string[] } {
  const { secret } = flags;
  if (secret === undefined) return { flags, offered: [] };
  const offered = secret.filter((text) => text.includes("="));
  const declared = secret.flatMap((text) => {
    if (!offered.includes(text)) return [text];
    const id = secretId(text);
    return isVariable(id) ? [id] : [];
  });
  return { flags: { ...flags, secret: declared }, offered };
}

/**
 * Warns of flags that are for a detection alone, where none runs. In: the flag that would run it; secrets that would be offered, of a flag
 * that was read as for one.
 */
export function warnOfDetectionFlags(
  flags: CompilingFlags,
  needed: string,
  terminal: Pick<Terminal, "report">,
  offered: readonly string[] = [],
): void {
  const given: Readonly<Record<string, unknown>> = {
    "--secret": offered.length === 0 ? undefined : offered,
    "--engine": flags.engine === "auto" ? undefined : flags.engine,
    "--buildx-builder": flags.buildxBuilder,
    "--buildkit-host": flags.buildkitHost,
    "--buildkit-tls-dir": flags.buildkitTlsDir,
    "--buildkit-tls-server-name": flags.buildkitTlsServerName,
    "--state-dir": flags.stateDir,
  };
  for (const [flag, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const values = {
      flag,
      reason: `no detection is run without \`${needed}\``,
      instead: `Leave it out, or add \`${needed}\`.`,
    };
    terminal.report(diagnose("cli/flag-without-effect", values, { file: flag }));
  }
}
