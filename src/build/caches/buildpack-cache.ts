import { mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import { layoutDigest, layoutFault } from "../../engines/layout.ts";
import type { BuildOutput } from "../../engines/outputs/build-output.ts";
import { OutputFiles } from "../../engines/outputs/output-files.ts";
import type { Border } from "../../files/border.ts";
import { sentPath } from "../../files/ignore-file.ts";
import { readOrExplain } from "../../files/text-file.ts";
import { present } from "../../present.ts";
import { cacheContext, cacheExportTarget, cacheImportTarget } from "../../stages/paths.ts";
import { type BuildEnding, endingOf } from "../build-ending.ts";
import type { BuildPorts } from "../build-ports.ts";
import { readAnswer } from "../outputs/build-result.ts";
import { formatCommand } from "../steps/format-command.ts";
import { runHandingOver } from "../steps/handover.ts";
import { type CachePlace, requireFree } from "./cache-place.ts";

/** Where a cache's way is told. */
type CachePorts = Pick<BuildPorts, "report" | "show" | "tell" | "print" | "hasColors">;

/** A cache on its way between a BuildKit and a place. */
export interface CacheTransfer {
  readonly engine: Engine;
  /** The build whose apps and platforms it is about. */
  readonly request: BuildRequest;
  readonly border: Border;
  readonly isDryRun: boolean;
  readonly ports: CachePorts;
}

/** Puts the cache at a place into BuildKit. Throws CompileError where none is there. */
export async function importCache(transfer: CacheTransfer, place: CachePlace): Promise<BuildEnding> {
  const digest = place.kind === "directory" ? layoutDigest(place.path) : undefined;
  if (place.kind === "directory" && digest === undefined) {
    throw new CompileError([diagnose("cli/no-cache", { place: place.shown }, { file: place.shown })]);
  }
  const fault = place.kind === "directory" ? await layoutFault(place.path) : undefined;
  if (fault !== undefined) {
    const values = { place: place.shown, reason: fault };
    throw new CompileError([diagnose("cli/cache-damaged", values, { file: place.shown })]);
  }
  const value =
    place.kind === "image" ? `docker-image://${place.name}` : `oci-layout://${place.path}@${digest}`;
  const request = {
    ...cacheRequest(transfer.request, cacheImportTarget),
    buildContexts: [...transfer.request.buildContexts, { name: cacheContext, value }],
    outputs: [{ type: "cacheonly", attributes: {} }],
  };
  const ending = await run(transfer, request);
  if (ending === "done") tell(transfer, `Imported: ${place.shown}. Your next build will use it.`);
  return ending;
}

/** Puts BuildKit's cache of an app to a place. Throws CompileError where the place cannot take it. */
export async function exportCache(transfer: CacheTransfer, place: CachePlace): Promise<BuildEnding> {
  const { isDryRun, border } = transfer;
  requireFree(place);
  const request = {
    ...cacheRequest(transfer.request, cacheExportTarget),
    tags: place.kind === "image" ? [place.name] : [],
    ...present({ metadataFile: transfer.request.metadataFile }),
  };
  const files = new OutputFiles(border.outputs);
  try {
    const output = outputOf(place);
    if (place.kind === "directory" && !isDryRun) makeParent(place.path);
    const outputs = [isDryRun ? output : files.redirect(output)];
    const ending = await run(transfer, { ...request, outputs });
    if (ending !== "done" || isDryRun) return ending;
    files.commit();
    const answer = readAnswer((request.metadataFile && readOrExplain(request.metadataFile)) || "{}");
    const digest = answer.digest === undefined ? "" : ` (${answer.digest})`;
    tell(
      transfer,
      place.kind === "image"
        ? `Pushed: ${place.shown}${digest}`
        : `Written: ${place.shown}${digest}, ${megabytes(place.path)} MB`,
    );
    return ending;
  } finally {
    files.discard();
  }
}

/** `importCache` for a build, which does without the cache where it cannot be had. Out: whether the build may go on. */
export async function tryImport(transfer: CacheTransfer, place: CachePlace): Promise<boolean> {
  if (place.kind === "directory" && layoutDigest(place.path) === undefined) {
    tell(transfer, `No buildpack cache in ${place.shown} yet.`);
    return true;
  }
  const { ports } = transfer;
  const ending = await importCache(transfer, place).catch((error: unknown) => shownAs(error, ports));
  if (ending === "failed" || ending === "unavailable") {
    ports.report(diagnose("cli/cache-not-imported", { place: place.shown }, { file: place.shown }));
  }
  return ending !== "interrupted";
}

/** `exportCache` for a build, whose image is there in any case. Out: whether nobody interrupted it. */
export async function tryExport(transfer: CacheTransfer, place: CachePlace): Promise<boolean> {
  const { ports } = transfer;
  const ending = await exportCache(transfer, place).catch((error: unknown) => shownAs(error, ports));
  if (ending === "failed" || ending === "unavailable") {
    ports.report(diagnose("cli/cache-not-exported", { place: place.shown }, { file: place.shown }));
  }
  return ending !== "interrupted";
}

/** What is an error to the commands is told, and leaves a build going. Throws what is our bug. */
function shownAs(error: unknown, { show }: CachePorts): BuildEnding {
  if (!(error instanceof CompileError)) throw error;
  for (const diagnostic of error.diagnostics) show(diagnostic);
  return "failed";
}

/** Throws CompileError. */
function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    const values = { path, reason: systemReason(error), kept: [] };
    throw new CompileError([diagnose("engines/output-unwritable", values, { file: path })], { cause: error });
  }
}

/** Warns of a cache that the next build would take for a part of the app. */
export function warnInside(place: CachePlace, context: string, border: Border, report: Report): void {
  if (place.kind !== "directory") return;
  const path = sentPath(context, place.path, border);
  if (path === undefined) return;
  report(diagnose("cli/cache-in-source", { directory: place.shown, path }, { file: place.shown }));
}

/** The build's request with another aim: neither the app's image nor BuildKit's own cache is asked for. */
function cacheRequest(request: BuildRequest, target: string): BuildRequest {
  const { metadataFile: _, tellsSteps: __, ...others } = request;
  return {
    ...others,
    target,
    ...{ tags: [], annotations: [], labels: [], outputs: [], attestations: { provenance: "false" } },
    ...{ secrets: [], ssh: [], cacheFrom: [], cacheTo: [], noCache: false, noCacheFilter: [], pull: false },
  };
}

/** Faster than gzip, both ways; only BuildKit reads it. */
const compression = { compression: "zstd", "oci-mediatypes": "true" };

/** Of a cache in a registry. */
export const cacheImageOutput: BuildOutput = { type: "image", attributes: { push: "true", ...compression } };

function outputOf(place: CachePlace): BuildOutput {
  return place.kind === "image"
    ? cacheImageOutput
    : { type: "oci", destination: place.path, attributes: { tar: "false", ...compression } };
}

async function run({ engine, isDryRun, ports }: CacheTransfer, request: BuildRequest): Promise<BuildEnding> {
  if (isDryRun) {
    ports.print(`${formatCommand(engine.command(request))}\n`);
    return "done";
  }
  return endingOf(await runHandingOver(engine, request, ports));
}

/** Says how it went, unless nothing is done, or nothing but results is to be told. */
function tell({ ports, isDryRun, request }: CacheTransfer, line: string): void {
  if (!isDryRun && request.progress !== "quiet") ports.tell(line);
}

function megabytes(directory: string): string {
  const blobs = join(directory, "blobs", "sha256");
  const sizes = readdirSync(blobs).map((name) => statSync(join(blobs, name)).size);
  return (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1);
}
