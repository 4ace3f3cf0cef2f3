import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { diagnose, isDiagnosticCode } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import { call } from "../../engines/call.ts";
import type { Engine } from "../../engines/engine.ts";
import { variantLayout } from "../../engines/layout-variant.ts";
import { readTrace } from "../../engines/run/read-trace.ts";
import { type Ending, runBuild } from "../../engines/run/run-build.ts";
import { RequestReader, type TracedRequest } from "../../engines/run/trace-requests.ts";
import { StepReader, type TracedStep } from "../../engines/run/trace-steps.ts";
import { type BuildWarning, WarningReader } from "../../engines/run/trace-warnings.ts";
import { record } from "../../image/record.ts";
import { present } from "../../present.ts";
import { findPrivateDirectory } from "../../private/find-private-directory.ts";
import { ownDirectory } from "../../private/own-directory.ts";
import { ownPlace } from "../../private/own-place.ts";
import { placeReason } from "../../private/place-reason.ts";
import { readPrivateFile, writePrivateFile } from "../../private/private-file.ts";
import type { BuildPorts } from "../build-ports.ts";
import type { RunDownloads } from "../downloads/download-list.ts";
import { readMaterials } from "../downloads/materials.ts";
import { readHistory } from "./read-history.ts";

/** How often the image had to be handed over anew, by engine. */
const notesSchema = record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)));
type Notes = v.InferOutput<typeof notesSchema>;

/** What BuildKit says of a blob that it has a part of. */
const stuck = "unsupported offset";

/**
 * Hands our image to an engine so that the engine can take it: one that was interrupted while it took the image would
 * refuse it for good (see `variantLayout`). What has helped is noted, for the builds to come.
 */
export class Handover {
  readonly #engine: Engine;
  readonly #report: Report;

  constructor(engine: Engine, report: Report) {
    this.#engine = engine;
    this.#report = report;
  }

  /** The request with the image as this engine takes it, as far as is known. */
  prepare(request: BuildRequest): BuildRequest {
    const nonce = this.#notes()[this.#engine.title] ?? 0;
    return nonce === 0 ? request : this.#withVariant(request, nonce);
  }

  /** Asks, after a build has failed, whether it was for the image. */
  async isStuck(request: BuildRequest): Promise<boolean> {
    if (request.frontend?.layout === undefined) return false;
    const { metadataFile: _, ...asked } = request;
    const question = this.#engine.command({
      ...asked,
      ...{ outputs: [], cacheFrom: [], cacheTo: [], call: "targets", progress: "plain" },
    });
    const { isSuccess, stderr } = await call(question, 60_000);
    return !isSuccess && stderr.includes(stuck);
  }

  /** The request with the image under digests that the engine has not seen. */
  renew(request: BuildRequest): BuildRequest {
    const notes = this.#notes();
    const nonce = (notes[this.#engine.title] ?? 0) + 1;
    const renewed = this.#withVariant(request, nonce);
    try {
      writePrivateFile(this.#notesFile(), JSON.stringify({ ...notes, [this.#engine.title]: nonce }));
    } catch {
      // Without the notes the next build takes one try more.
    }
    return renewed;
  }

  #withVariant(request: BuildRequest, nonce: number): BuildRequest {
    const { frontend } = request;
    if (frontend?.layout === undefined) return request;
    try {
      const kept = ownPlace("cache", "handed-over", this.#report);
      return { ...request, frontend: { ...frontend, layout: variantLayout(frontend.layout, nonce, kept) } };
    } catch (error) {
      throw unusable(error, ownDirectory("cache"));
    }
  }

  #notes(): Notes {
    if (!existsSync(ownDirectory("state"))) return {};
    try {
      const read = v.safeParse(notesSchema, JSON.parse(readPrivateFile(this.#notesFile())));
      return read.success ? read.output : {};
    } catch {
      // There are none yet, or none of use; without them a build takes one try more.
      return {};
    }
  }

  #notesFile(): string {
    return join(findPrivateDirectory(ownDirectory("state"), this.#report), "handed-over.json");
  }
}

/** The message for what the file system says; any other error is handed back. */
function unusable(error: unknown, directory: string): unknown {
  const reason = placeReason(error);
  if (reason === undefined) return error;
  return new CompileError([diagnose("private/unusable", { directory, reason }, { file: directory })], {
    cause: error,
  });
}

/** Where the run of an engine is told. */
type RunPorts = Pick<BuildPorts, "report" | "tell" | "hasColors">;

/** How the run of an engine ended, and what its steps did, if that is wanted and known. */
export type TracedEnding = Ending & {
  readonly steps: readonly TracedStep[];
  /** What each run of the engine downloaded; empty: nobody wants to know. */
  readonly downloads: readonly RunDownloads[];
};

/** Runs a build, and once more where BuildKit could not take our image. */
export async function runHandingOver(
  engine: Engine,
  request: BuildRequest,
  ports: RunPorts,
): Promise<TracedEnding> {
  // buildx prints the image's id then, as we do for every engine.
  const isSilent =
    request.progress === "quiet" && !request.outputs.some(({ destination }) => destination === "-");
  const shown = { isSilent, draws: request.progress !== "quiet", keepsColors: ports.hasColors };
  const run = async (asked: BuildRequest): Promise<TracedEnding> => {
    const ended = await runBuild(engine.command(asked), shown);
    const traced = await readSteps(asked, ports);
    const steps = engine.history === undefined ? traced.steps : await readHistory(engine, asked);
    if (asked.referenceFile === undefined) return { ...ended, steps, downloads: [] };
    const materials = ended.exitCode === 0 ? await readMaterials(engine, asked) : [];
    return { ...ended, steps, downloads: [{ steps, requests: traced.requests, materials }] };
  };
  const ending = await run(request);
  const handover = new Handover(engine, ports.report);
  if (ending.exitCode === 0 || ending.isInterrupted || !(await handover.isStuck(request))) return ending;
  ports.tell("BuildKit has an incomplete helper image from an interrupted build. Sending it again.");
  return run(handover.renew(request));
}

/**
 * Reads the trace of a build that has ended, and says what the frontend warned of, where the client does not: buildx shows it by
 * itself, and writes no trace. Out: what the steps did and requested, if that is wanted.
 */
async function readSteps(
  { traceFile, progress, tellsSteps, referenceFile }: BuildRequest,
  { report, tell }: RunPorts,
): Promise<{ readonly steps: readonly TracedStep[]; readonly requests: readonly TracedRequest[] }> {
  if (traceFile === undefined) return { steps: [], requests: [] };
  const [steps, requests, warnings] = [new StepReader(), new RequestReader(), new WarningReader()];
  await readTrace(traceFile, [
    ...(tellsSteps === true ? [steps] : []),
    ...(referenceFile === undefined ? [] : [requests]),
    ...(progress === "quiet" ? [] : [warnings]),
  ]);
  // The next part of this build writes another one.
  rmSync(traceFile, { force: true });
  for (const warning of warnings.warnings()) {
    const diagnostic = diagnosticOf(warning);
    if (diagnostic !== undefined) report(diagnostic);
    else for (const line of [`warning: ${warning.short}`, ...warning.detail]) tell(line);
  }
  return { steps: steps.steps(), requests: requests.requests() };
}

/** As our frontend had it: `MESSAGE [CODE]`. Undefined: it is another's. */
function diagnosticOf({ short, detail, place }: BuildWarning): Diagnostic | undefined {
  const [, message = "", code = ""] = /^(.*) \[([a-z/-]+)\]$/s.exec(short) ?? [];
  if (!isDiagnosticCode(code)) return undefined;
  return {
    ...{ severity: "warning", code, message },
    ...(detail.length === 0 ? {} : { hint: detail.join("\n") }),
    ...present({ location: place }),
  };
}
