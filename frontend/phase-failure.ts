import * as v from "valibot";
import { type DescriptorText, type Diagnostic, diagnose, keyPlaces } from "../src/index.ts";
import type { Status } from "./generated/status_pb.js";

/** Detail by which BuildKit says which operation failed. */
const solveType = "errdefs.Solve+json";
const solveSchema = v.object({
  op: v.optional(v.object({ platform: v.optional(v.object({ OS: v.string(), Architecture: v.string() })) })),
});

/** As BuildKit words it; the exit code is the phase's own. */
const failedProcess =
  /process "(?:\S*\/)?(?<program>detector|restorer|builder)[^"]*" did not complete successfully: exit code: (?<code>\d+)/;

const phases: Readonly<Record<string, string>> = {
  detector: "detect",
  restorer: "restore",
  builder: "build",
};

/**
 * What to make of a phase of the lifecycle that failed: where in project.toml it comes from, and what its exit code
 * advises. Undefined: something else failed. Source: CNB platform spec, exit codes of each phase.
 */
export function phaseFailure(
  { message, details }: Status,
  descriptor: DescriptorText | undefined,
): Diagnostic | undefined {
  const { program = "", code = "" } = failedProcess.exec(message)?.groups ?? {};
  const phase = phases[program];
  if (phase === undefined) return undefined;
  const solve = details.find(({ typeUrl }) => typeUrl.endsWith(solveType));
  const values = { phase, exitCode: Number(code), platform: platformOf(solve?.value) };
  if (descriptor === undefined) return diagnose("frontend/phase-failed", values);
  // Which buildpacks there are to choose from is the builder's doing.
  const location = { file: descriptor.file, keyPath: "io.buildpacks.builder" };
  return keyPlaces(descriptor)(diagnose("frontend/phase-failed", values, location));
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
