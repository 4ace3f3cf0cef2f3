import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { BuildRequest } from "../engines/build-request.ts";
import type { Engine } from "../engines/engine.ts";
import { layoutDigest, layoutFault } from "../engines/layout.ts";
import type { BuildOutput } from "../engines/outputs/build-output.ts";
import { OutputFiles } from "../engines/outputs/output-files.ts";
import { type Border, borderOf, requireInside } from "../files/border.ts";
import { plainPath } from "../files/follow-links.ts";
import { readIgnoreFile } from "../files/ignore-file.ts";
import { linkIn } from "../files/output-links.ts";
import { readOrExplain } from "../files/text-file.ts";
import {
  CompileError,
  cacheContext,
  cacheExportTarget,
  cacheImportTarget,
  type Diagnostic,
  diagnose,
  fullName,
  parseReference,
  systemReason,
} from "../index.ts";
import { readAnswer } from "./build-result.ts";
import { formatCommand } from "./format-command.ts";
import { runHandingOver } from "./handover.ts";
import type { Terminal } from "./terminal.ts";

/** Where a buildpack cache lies while no BuildKit has it: an image in both cases, of an OCI layout or of a registry. */
export type CachePlace =
  /** Absolute; as it was written, by which its links are judged. */
  | { readonly kind: "directory"; readonly path: string; readonly shown: string }
  | { readonly kind: "image"; readonly name: string; readonly shown: string };

/**
 * An image is what begins with a registry's host, as `registry.example/app-cache:main`; all else is a directory. What is
 * wrong goes to `found`, for the flag or argument that it was read from.
 */
export function readCachePlace(text: string, flag: string, found: Diagnostic[]): CachePlace {
  const [first = "", ...rest] = text.split("/");
  const isHost = first === "localhost" || (/[.:]/.test(first) && !/^\.{1,2}$/.test(first));
  if (rest.length === 0 || !isHost || first.startsWith(".")) {
    return { kind: "directory", path: resolve(plainPath(text)), shown: text };
  }
  const reference = parseReference(text);
  if (reference === undefined || reference.digest !== undefined) {
    found.push(diagnose("cli/bad-cache-place", { text }, { file: flag }));
  }
  return { kind: "image", name: reference === undefined ? text : fullName(reference), shown: text };
}

/** The directory of a place that is one. */
export function directoryOf(place: CachePlace): string[] {
  return place.kind === "directory" ? [place.path] : [];
}

export function cacheOfDockerfile(flag: string): CompileError {
  return new CompileError([diagnose("cli/cache-of-dockerfile", {}, { file: flag })]);
}

/**
 * Throws CompileError where a cache in the project has links, by which it could have files of this machine read as its own,
 * or is one that leads out. In: the flag that names it.
 */
export function requireOwnLinks(place: CachePlace, border: Border, flag: string): void {
  if (place.kind !== "directory" || borderOf(place.shown, border) === undefined) return;
  requireInside(flag, place.shown, border);
  const link = ["index.json", "oci-layout", "blobs"]
    .map((name) => linkIn(join(place.path, name)))
    .find((one) => one !== undefined);
  if (link === undefined) return;
  const values = { place: place.shown, reason: `${link} is a link` };
  throw new CompileError([diagnose("cli/cache-damaged", values, { file: place.shown })]);
}

/** A cache on its way between a BuildKit and a place. */
export interface CacheTransfer {
  readonly engine: Engine;
  /** The build whose apps and platforms it is about. */
  readonly request: BuildRequest;
  readonly border: Border;
  readonly isDryRun: boolean;
  readonly terminal: Terminal;
}

/** How it went; the engine has said why it failed. */
export type TransferEnding = "done" | "failed" | "unavailable" | "interrupted";

/** Puts the cache at a place into BuildKit. Throws CompileError where none is there. */
export async function importCache(transfer: CacheTransfer, place: CachePlace): Promise<TransferEnding> {
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
  if (ending === "done") tell(transfer, `Imported: ${place.shown}. The next build finds its layers.`);
  return ending;
}

/** Puts BuildKit's cache of an app to a place. Throws CompileError where the place cannot take it. */
export async function exportCache(transfer: CacheTransfer, place: CachePlace): Promise<TransferEnding> {
  const { isDryRun, border } = transfer;
  requireFree(place);
  const request = {
    ...cacheRequest(transfer.request, cacheExportTarget),
    tags: place.kind === "image" ? [place.name] : [],
    ...(transfer.request.metadataFile === undefined ? {} : { metadataFile: transfer.request.metadataFile }),
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
    tell(transfer, `There is no buildpack cache in ${place.shown} yet.`);
    return true;
  }
  const { terminal } = transfer;
  const ending = await importCache(transfer, place).catch((error: unknown) => shownAs(error, terminal));
  if (ending === "failed" || ending === "unavailable") {
    terminal.report(diagnose("cli/cache-not-imported", { place: place.shown }, { file: place.shown }));
  }
  return ending !== "interrupted";
}

/** `exportCache` for a build, whose image is there in any case. Out: whether nobody interrupted it. */
export async function tryExport(transfer: CacheTransfer, place: CachePlace): Promise<boolean> {
  const { terminal } = transfer;
  const ending = await exportCache(transfer, place).catch((error: unknown) => shownAs(error, terminal));
  if (ending === "failed" || ending === "unavailable") {
    terminal.report(diagnose("cli/cache-not-exported", { place: place.shown }, { file: place.shown }));
  }
  return ending !== "interrupted";
}

/** What is an error to the commands is told, and leaves a build going. Throws what is our bug. */
function shownAs(error: unknown, terminal: Terminal): TransferEnding {
  if (!(error instanceof CompileError)) throw error;
  for (const diagnostic of error.diagnostics) terminal.show(diagnostic);
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
export function warnInside(place: CachePlace, context: string, border: Border, terminal: Terminal): void {
  if (place.kind !== "directory") return;
  const path = relative(context, place.path);
  if (path === "" || path.startsWith("..") || isAbsolute(path)) return;
  const ignored = (readIgnoreFile(join(context, ".dockerignore"), border) ?? "")
    .split("\n")
    .map((line) => line.trim().replace(/^\/|\/$/g, ""));
  if (ignored.includes(path)) return;
  terminal.report(diagnose("cli/cache-in-source", { directory: place.shown, path }, { file: place.shown }));
}

/** Throws CompileError for a directory with other things, which an export would mix with or remove. */
export function requireFree(place: CachePlace): void {
  if (place.kind === "image" || !existsSync(place.path) || layoutDigest(place.path) !== undefined) return;
  const { path, shown } = place;
  const isEmpty = statSync(path).isDirectory() && readdirSync(path).length === 0;
  if (!isEmpty) {
    throw new CompileError([diagnose("cli/cache-place-taken", { directory: shown }, { file: shown })]);
  }
}

/** The build's request with another aim: neither the app's image nor BuildKit's own cache is asked for. */
function cacheRequest(request: BuildRequest, target: string): BuildRequest {
  const { metadataFile: _, ...others } = request;
  return {
    ...others,
    target,
    ...{ tags: [], annotations: [], labels: [], outputs: [], attestations: { provenance: "false" } },
    ...{ secrets: [], ssh: [], cacheFrom: [], cacheTo: [], noCache: false, noCacheFilter: [], pull: false },
  };
}

/** Faster than gzip, both ways; only BuildKit reads it. */
const compression = { compression: "zstd", "oci-mediatypes": "true" };

function outputOf(place: CachePlace): BuildOutput {
  return place.kind === "image"
    ? { type: "image", attributes: { push: "true", ...compression } }
    : { type: "oci", destination: place.path, attributes: { tar: "false", ...compression } };
}

async function run(
  { engine, isDryRun, terminal }: CacheTransfer,
  request: BuildRequest,
): Promise<TransferEnding> {
  if (isDryRun) {
    terminal.print(`${formatCommand(engine.command(request))}\n`);
    return "done";
  }
  const { exitCode, isInterrupted, isTemporary } = await runHandingOver(engine, request, terminal);
  if (exitCode === 0) return "done";
  if (isInterrupted) return "interrupted";
  return isTemporary ? "unavailable" : "failed";
}

/** Says how it went, unless nothing is done, or nothing but results is to be told. */
function tell({ terminal, isDryRun, request }: CacheTransfer, line: string): void {
  if (!isDryRun && request.progress !== "quiet") terminal.tell(line);
}

function megabytes(directory: string): string {
  const blobs = join(directory, "blobs", "sha256");
  const sizes = readdirSync(blobs).map((name) => statSync(join(blobs, name)).size);
  return (sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1);
}
