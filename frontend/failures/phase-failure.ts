import * as v from "valibot";
import type { GroupMember } from "../../src/contract/group.ts";
import type { DescriptorText } from "../../src/descriptor/descriptor.ts";
import { entryOf } from "../../src/descriptor/entry-of.ts";
import { keyPlaces } from "../../src/descriptor/key-places.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { Status } from "../generated/status_pb.js";

/** Detail in which BuildKit says which operation failed. */
export const solveDetail = "errdefs.Solve+json";
const solveSchema = v.object({
  op: v.optional(v.object({ platform: v.optional(v.object({ OS: v.string(), Architecture: v.string() })) })),
});

/** As BuildKit words it; the exit code is the phase's own, also where our program started it. */
const failedProcess =
  /process "(?:\S+\/native\/ld --library-path .* phase .*-- )?(?:\S*\/)?(?<program>detector|restorer|builder)[^"]*" did not complete successfully: exit code: (?<code>\d+)/;

const phases: Readonly<Record<string, string>> = {
  detector: "detect",
  restorer: "restore",
  builder: "build",
};

/**
 * What to make of a phase of the lifecycle that failed: where in project.toml it comes from, and what its exit code
 * advises. In: the buildpacks of which one failed, if that is known. Undefined: something else failed.
 * Source: CNB platform spec, exit codes of each phase.
 */
export function phaseFailure(
  status: Status,
  descriptor: DescriptorText | undefined,
  buildpacks: readonly GroupMember[] = [],
): Diagnostic | undefined {
  const { phase, exitCode } = failedPhase(status) ?? {};
  if (phase === undefined || exitCode === undefined) return undefined;
  const solve = status.details.find(({ typeUrl }) => typeUrl.endsWith(solveDetail));
  const names = buildpacks.map(({ id, version }) => (version === "" ? id : `${id}@${version}`));
  const values = { phase, exitCode, platform: platformOf(solve?.value), buildpacks: names };
  if (descriptor === undefined) return diagnose("frontend/phase-failed", values);
  const [only, ...others] = buildpacks;
  // What the project does not ask for is the builder's doing.
  const keyPath = entryOf(descriptor, others.length === 0 ? only?.id : undefined);
  if (keyPath === undefined) return diagnose("frontend/phase-failed", values);
  const location = { file: descriptor.file, keyPath };
  return keyPlaces(descriptor)(diagnose("frontend/phase-failed", values, location));
}

/** Undefined: it was no phase of the lifecycle. */
export function failedPhase({
  message,
}: Status): { readonly phase: string; readonly exitCode: number } | undefined {
  const { program = "", code = "" } = failedProcess.exec(message)?.groups ?? {};
  const phase = phases[program];
  return phase === undefined ? undefined : { phase, exitCode: Number(code) };
}

function platformOf(json: Uint8Array | undefined): string | undefined {
  if (json === undefined) return undefined;
  try {
    const platform = v.parse(solveSchema, JSON.parse(Buffer.from(json).toString())).op?.platform;
    return platform && `${platform.OS}/${platform.Architecture}`;
  } catch {
    // The platform is a help to the reader and no more.
    return undefined;
  }
}
