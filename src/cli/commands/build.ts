import { writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { Source } from "../../build/source/source.ts";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import { type BuildOutput, parseOutput } from "../../engines/outputs/build-output.ts";
import { archiveOutput, chooseOutputs } from "../../engines/outputs/choose-outputs.ts";
import { OutputFiles, partialPattern } from "../../engines/outputs/output-files.ts";
import { type Border, namedBy } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { readIgnoreFile } from "../../files/ignore-file.ts";
import { bytesOrExplain, readOrExplain } from "../../files/text-file.ts";
import {
  ageWarnings,
  CompileError,
  type Diagnostic,
  diagnose,
  formatScans,
  fullName,
  gateFaults,
  ignoreWarnings,
  parseReference,
} from "../../index.ts";
import { artifactsRequest, usualArtifacts, writeArtifacts } from "../artifacts.ts";
import { refuseCompressions } from "../build-compression.ts";
import { buildResultJson, describeResult, type InspectionResult, readAnswer } from "../build-result.ts";
import { cacheOfDockerfile, directoryOf, readCachePlace, tryExport, tryImport } from "../buildpack-cache.ts";
import { refuseEarlyEpoch } from "../early-epoch.ts";
import { emptiedApp } from "../emptied-app.ts";
import { exitInterrupted, exitOf, exitUserError } from "../exit-code.ts";
import type { BuildFlags } from "../flags.ts";
import { formatCommand } from "../format-command.ts";
import { runHandingOver } from "../handover.ts";
import { cacheDirectories, makeCacheDirectories, withLocalCache } from "../local-cache.ts";
import { type ContainerWishes, type OpenedBuild, withBuild } from "../open-build.ts";
import { readPlatforms } from "../options.ts";
import { requireOutputPlaces } from "../output-places.ts";
import { withReplacedImage } from "../replaced-image.ts";
import { writeResultFiles } from "../result-files.ts";
import { socketPatterns } from "../sockets.ts";
import { type Terminal, wantsColor } from "../terminal.ts";

/** `build`: a project or a Dockerfile to an image, by BuildKit. Out: the exit code. */
export async function build(
  argument: string | undefined,
  flags: BuildFlags,
  terminal: Terminal,
  wishes?: ContainerWishes,
): Promise<number> {
  const found: Diagnostic[] = [];
  const platforms = readPlatforms(flags.platform ?? [], found);
  const outputs =
    wishes === undefined ? readOutputs(flags.output ?? [], found) : [archiveOf(wishes, platforms.length)];
  const tags = readTags(flags.tag ?? [], found);
  const { buildpackCacheFrom: from, buildpackCacheTo: to } = flags;
  const caches = {
    ...(from === undefined ? {} : { from: readCachePlace(from, "--buildpack-cache-from", found) }),
    ...(to === undefined ? {} : { to: readCachePlace(to, "--buildpack-cache-to", found) }),
  };
  const artifacts = flags.artifacts === true ? usualArtifacts : flags.artifacts;
  if (artifacts !== undefined && flags.target !== undefined) {
    found.push(diagnose("cli/artifacts-and-target", { target: flags.target }, { file: "--artifacts" }));
  }
  if (found.length > 0) throw new CompileError(found);
  const needsArchive =
    caches.to !== undefined ||
    outputs.some(({ type, destination }) => destination !== undefined && ["oci", "docker"].includes(type));
  const places = { outputs, flags, caches, ...(artifacts === undefined ? {} : { artifacts }) };
  const wish = {
    ...{ argument, flags, platforms, tags, needsArchive },
    wantsSecrets: true,
    requirePlaces: (border: Border) => requireOutputPlaces(places, border),
    ...(wishes === undefined ? {} : { wishes }),
  };
  return withBuild(wish, terminal, async (opened) => {
    const { engine, source, border, kind, work } = opened;
    if (kind !== "dockerfile") {
      refuseCompressions(outputs, flags.cacheTo ?? []);
      const inContainer = wishes !== undefined;
      refuseEarlyEpoch(outputs, opened.request, { env: process.env, inContainer });
    }
    if (kind === "dockerfile" && from !== undefined) throw cacheOfDockerfile("--buildpack-cache-from");
    if (kind === "dockerfile" && to !== undefined) throw cacheOfDockerfile("--buildpack-cache-to");
    if (kind === "dockerfile" && artifacts !== undefined) {
      throw new CompileError([diagnose("cli/artifacts-of-dockerfile", {}, { file: "--artifacts" })]);
    }
    const request = withLocalCache(opened.request, engine, process.env, { border, terminal });
    const name = imageName(source, flags);
    const wanted = chooseOutputs(
      {
        ...{ outputs, name: name.replaceAll("/", "-"), platformCount: platforms.length },
        ...{ push: flags.push ?? false, load: flags.load ?? false, isNamed: tags.length > 0 },
      },
      engine,
    );
    const tagged = tags.length > 0 ? request : { ...request, tags: [fullName(name)] };
    const named = withReplacedImage(tagged, wanted, kind);
    const ours = outputs.length > 0 ? [] : wanted.flatMap(({ destination }) => destination ?? []);
    const kept = [
      ...ours,
      ...cacheDirectories(request),
      ...Object.values(caches).flatMap(directoryOf),
      ...(artifacts === undefined ? [] : [artifacts]),
    ];
    const patterns = [
      ...(wishes === undefined ? patternsOf(request.context, kept) : mountedPatterns(wishes)),
      ...(kind === "dockerfile" || source.isFetched ? [] : socketPatterns(request.context)),
    ];
    warnOfEmptiedApp(named, border, terminal);
    const apart = flags.dryRun === true ? named : withoutFiles(named, patterns, border, work);
    const transfer = { engine, request, border, isDryRun: flags.dryRun ?? false, terminal };
    if (caches.from !== undefined && !(await tryImport(transfer, caches.from))) return exitInterrupted;
    const scanned =
      artifacts === undefined ? undefined : await inspect(opened, apart, artifacts, flags, terminal);
    if (scanned?.exitCode !== undefined && scanned.exitCode !== 0) return scanned.exitCode;
    const { exitCode, isBuilt } = await run({
      ...{ engine, border },
      request: apart,
      wanted,
      flags,
      shown: flags.tag ?? [name],
      terminal,
      ...(scanned === undefined ? {} : { inspected: scanned.result }),
    });
    if (!isBuilt || caches.to === undefined) return exitCode;
    return (await tryExport(transfer, caches.to)) ? exitCode : exitInterrupted;
  });
}

interface Run {
  readonly engine: Engine;
  readonly border: Border;
  readonly request: BuildRequest;
  readonly wanted: readonly BuildOutput[];
  readonly flags: BuildFlags;
  readonly shown: readonly string[];
  readonly terminal: Terminal;
  /** What is known of the image; absent: nobody asked. */
  readonly inspected?: InspectionResult;
}

/** Files about the image before the image itself, which the gate may forbid: who is to mend it needs to see them. */
async function inspect(
  { engine, border }: Pick<OpenedBuild, "engine" | "border">,
  request: BuildRequest,
  directory: string,
  flags: BuildFlags,
  terminal: Terminal,
): Promise<{ readonly exitCode: number; readonly result: InspectionResult }> {
  if (flags.dryRun === true) {
    const outputs = [{ type: "local" as const, destination: resolve(plainPath(directory)), attributes: {} }];
    terminal.print(`${formatCommand(engine.command({ ...artifactsRequest(request), outputs }))}\n`);
    return { exitCode: 0, result: { directory, platforms: [] } };
  }
  const written = await writeArtifacts(engine, request, { directory, border }, terminal);
  if (written.kind === "failed") {
    return { exitCode: exitOf(written), result: { directory, platforms: [] } };
  }
  const result = { directory, platforms: written.platforms };
  const faults = gateFaults(written.platforms, new Date());
  if (faults.length === 0) return { exitCode: 0, result };
  tellInspection(result, flags, terminal);
  for (const fault of faults) terminal.show(fault);
  const all = [...terminal.reported, ...faults];
  if (flags.json === true) terminal.print(buildResultJson({ artifacts: result }, all));
  return { exitCode: exitUserError, result };
}

function tellInspection(
  { directory, platforms }: InspectionResult,
  flags: BuildFlags,
  terminal: Terminal,
): void {
  const now = new Date();
  for (const warning of [...ageWarnings(platforms, now), ...ignoreWarnings(platforms)]) {
    terminal.report(warning);
  }
  if (flags.quiet === true || platforms.length === 0) return;
  terminal.tellDrawn(formatScans(platforms, { color: wantsColor(process.stderr), now }).trimEnd());
  terminal.tell(`Written: ${directory}`);
}

/** Out: whether there is a result, which a file about it that could not be written does not take away. */
async function run(asked: Run): Promise<{ readonly exitCode: number; readonly isBuilt: boolean }> {
  const { engine, border, request, wanted, flags, shown, terminal, inspected } = asked;
  const files = new OutputFiles(border.outputs);
  if (flags.dryRun === true) {
    terminal.print(`${formatCommand(engine.command({ ...request, outputs: wanted }))}\n`);
    return { exitCode: 0, isBuilt: true };
  }
  try {
    makeCacheDirectories(request);
    const redirected = { ...request, outputs: wanted.map((output) => files.redirect(output)) };
    const ending = await runHandingOver(engine, redirected, terminal);
    if (ending.exitCode !== 0) {
      if (flags.json === true) terminal.print(buildResultJson({}, terminal.reported));
      return { exitCode: exitOf(ending), isBuilt: false };
    }
    files.commit();
    // BuildKit says nothing of a result that is no image.
    const text = (request.metadataFile && readOrExplain(request.metadataFile)) ?? "{}";
    const answer = readAnswer(text);
    const unwritten = writeResultFiles(flags, border, { metadata: text, imageId: answer.imageId ?? "" });
    if (flags.quiet === true && flags.json !== true) terminal.print(`${answer.imageId ?? ""}\n`);
    if (flags.quiet !== true) {
      const result = {
        engine,
        outputs: wanted,
        tags: shown,
        platformCount: request.platforms.length,
        answer,
      };
      for (const line of describeResult(result)) terminal.tell(line);
    }
    if (inspected !== undefined) tellInspection(inspected, flags, terminal);
    for (const fault of unwritten) terminal.show(fault);
    if (flags.json === true) {
      const tags = request.tags.length > 0 ? request.tags : shown;
      const artifacts = inspected === undefined ? {} : { artifacts: inspected };
      terminal.print(
        buildResultJson({ ...answer, tags, ...artifacts }, [...terminal.reported, ...unwritten]),
      );
    }
    return { exitCode: unwritten.length > 0 ? exitUserError : 0, isBuilt: true };
  } finally {
    files.discard();
  }
}

function archiveOf({ archive, rewritesTimes }: ContainerWishes, platformCount: number): BuildOutput {
  const output = archiveOutput(archive, platformCount);
  if (!rewritesTimes) return output;
  return { ...output, attributes: { ...output.attributes, "rewrite-timestamp": "true" } };
}

/** Of files below the source that the build itself writes, also while they have no name yet. */
function patternsOf(context: string, paths: readonly string[]): string[] {
  return paths
    .map((path) => relative(context, resolve(plainPath(path))))
    .filter((path) => path !== "" && !path.startsWith("..") && !isAbsolute(path))
    .flatMap(withPartial);
}

/** The archive's directory may be a part of the source by another name, as a mount of a container can be. */
function mountedPatterns({ archive }: ContainerWishes): string[] {
  return withPartial(join("**", basename(archive)));
}

function withPartial(path: string): string[] {
  return [path, join(dirname(path), partialPattern(basename(path)))];
}

/** The ignore file that BuildKit reads: the one of the file to build, else the app's. Undefined: there is none. */
function ignoreFileOf(
  { context, file }: BuildRequest,
  border: Border,
): { readonly name: string; readonly text: string } | undefined {
  const places = [
    { name: `${file.name}.dockerignore`, directory: file.directory },
    { name: ".dockerignore", directory: context },
  ];
  for (const { name, directory } of places) {
    const text = readIgnoreFile(join(directory, name), border);
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

function warnOfEmptiedApp(request: BuildRequest, border: Border, terminal: Terminal): void {
  const ignored = ignoreFileOf(request, border);
  const warning = ignored && emptiedApp(request.context, ignored.name, ignored.text);
  if (warning !== undefined) terminal.report(warning);
}

/**
 * Keeps what the build writes out of the source, where the next build would take it for a part of the app. BuildKit reads
 * the ignore file that lies beside the file to build.
 */
function withoutFiles(
  request: BuildRequest,
  patterns: readonly string[],
  border: Border,
  work: string,
): BuildRequest {
  const { file } = request;
  const before = ignoreFileOf(request, border)?.text ?? "";
  if (patterns.length === 0) return request;
  if (file.directory !== work) {
    const path = join(file.directory, file.name);
    const bytes = bytesOrExplain(path, namedBy("--file", path, border));
    writeFileSync(join(work, file.name), bytes ?? "");
  }
  writeFileSync(join(work, `${file.name}.dockerignore`), `${before}\n${patterns.join("\n")}\n`);
  return { ...request, file: { directory: work, name: file.name } };
}

function readOutputs(texts: readonly string[], found: Diagnostic[]): BuildOutput[] {
  return texts.flatMap((text) => {
    const output = parseOutput(text);
    if (output !== undefined) return [output];
    found.push(diagnose("cli/bad-output", { text }, { file: "--output" }));
    return [];
  });
}

function readTags(texts: readonly string[], found: Diagnostic[]): string[] {
  return texts.flatMap((text) => {
    const reference = parseReference(text);
    if (reference !== undefined && reference.digest === undefined && reference.place === undefined) {
      return [fullName(reference)];
    }
    found.push(diagnose("cli/bad-tag", { text }, { file: "--tag" }));
    return [];
  });
}

/** The user's first name, or that of the source in the letters that a name may have. */
function imageName({ name }: Source, { tag }: BuildFlags): string {
  const [first] = tag ?? [];
  const reference = first === undefined ? undefined : parseReference(first);
  if (reference !== undefined) return reference.repository.split("/").at(-1) ?? "app";
  const clean = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return clean === "" ? "app" : clean;
}
