import { existsSync } from "node:fs";
import * as v from "valibot";
import type { BuildRequest } from "../../engines/build-request.ts";
import { call } from "../../engines/call.ts";
import type { Engine } from "../../engines/engine.ts";
import { parseTraceSteps, type TracedStep } from "../../engines/run/trace-steps.ts";
import { readOrExplain } from "../../files/text-file.ts";

const referenceSchema = v.object({ "buildx.build.ref": v.string() });

/**
 * What the steps of a build did that has ended, from the history that buildx can ask BuildKit for. Empty: nobody wants to know,
 * or there is none, as of a failed build, to which buildx gives no name, or with buildctl, whose trace says it.
 */
export async function readHistory(engine: Engine, request: BuildRequest): Promise<readonly TracedStep[]> {
  const { tellsSteps = false, metadataFile } = request;
  if (!tellsSteps || engine.history === undefined) return [];
  if (metadataFile === undefined || !existsSync(metadataFile)) return [];
  const reference = buildReference(readOrExplain(metadataFile) ?? "");
  if (reference === undefined) return [];
  const { stdout, stderr, isSuccess } = await call(engine.history(reference), 60_000);
  // buildx prints progress to standard error.
  return isSuccess ? parseTraceSteps(`${stdout}\n${stderr}`) : [];
}

function buildReference(metadata: string): string | undefined {
  try {
    const read = v.safeParse(referenceSchema, JSON.parse(metadata));
    return read.success ? read.output["buildx.build.ref"] : undefined;
  } catch {
    return undefined;
  }
}
