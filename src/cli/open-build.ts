import { existsSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  type BuildFileContent,
  type BuildFileKind,
  contentOf,
  readBuildFile,
  usualFile,
} from "../build/file/build-file.ts";
import { reachableFile } from "../build/file/reachable-file.ts";
import { Interrupted } from "../build/interrupted.ts";
import { openSource } from "../build/source/open-source.ts";
import type { Revision, Source } from "../build/source/source.ts";
import { withRevision } from "../build/source/with-revision.ts";
import type { BuildFile, BuildRequest, NamedContext } from "../engines/build-request.ts";
import type { Engine } from "../engines/engine.ts";
import { parseAttributes } from "../engines/outputs/build-output.ts";
import { type Border, namedBy, readBorder, requireInside } from "../files/border.ts";
import { plainPath } from "../files/follow-links.ts";
import {
  CompileError,
  cacheNamespaceArgument,
  type Diagnostic,
  databaseContext,
  diagnose,
  type Platform,
  type Report,
  scanConfigContext,
} from "../index.ts";
import { type ArgumentTexts, argumentRows, argumentText } from "../options/build-arguments.ts";
import { type OptionTexts, readCompiledOptions } from "../options/compiled-options.ts";
import { cacheScopeArgument, failOnArgument } from "../options/step-variables.ts";
import { flagOf, optionsAt, optionVariable } from "../options/table.ts";
import { makeTemporaryDirectory } from "../private/temporary/temporary-directory.ts";
import { withEngine } from "./build-engine.ts";
import { readCacheScope } from "./cache-scope.ts";
import { accessFrom } from "./compile-project.ts";
import { exitInterrupted } from "./exit-code.ts";
import type { BuildFlags } from "./flags.ts";
import { frontendImage } from "./frontend-image.ts";
import { handBuildpacks } from "./hand-buildpacks.ts";
import { requireHandedFiles, withPlainPaths } from "./handed-files.ts";
import { Handover } from "./handover.ts";
import { missingSecrets, unusableSecrets } from "./offered-secrets.ts";
import { withArchivePlace } from "./output-places.ts";
import { dockerArguments, projectArguments } from "./project-arguments.ts";
import { scanSettingsDirectory } from "./scan-settings.ts";
import { oversizedSecrets } from "./secret-size.ts";
import { flagAnswers, givenFlag, saidByFlags } from "./table-flags.ts";
import type { Terminal } from "./terminal.ts";

/** What the builder container wants, and no flag says. */
export interface ContainerWishes {
  /** Absolute path of the archive to write; no part of the source, wherever it lies. */
  readonly archive: string;
  /** Whether files' times are set back to SOURCE_DATE_EPOCH, which BuildKit's client reads. */
  readonly rewritesTimes: boolean;
  /** What the user says of the source. */
  readonly revision: Partial<Revision>;
}

export interface BuildWish {
  readonly argument: string | undefined;
  readonly flags: BuildFlags;
  /** Empty: the engine's own. */
  readonly platforms: readonly Platform[];
  /** Names with a registry. */
  readonly tags: readonly string[];
  /** Whether images are written to files in a form that a classic docker daemon does not make. */
  readonly needsArchive: boolean;
  /** Whether phases run that want the project's secrets. */
  readonly wantsSecrets: boolean;
  /** Throws CompileError for a place that nothing may be written to. */
  readonly requirePlaces: (border: Border) => void;
  /** Absent: it is no container's. */
  readonly wishes?: ContainerWishes;
}

/** A build of which everything is known but where its result goes. */
export interface OpenedBuild {
  readonly engine: Engine;
  readonly source: Source;
  readonly border: Border;
  readonly kind: BuildFileKind;
  readonly request: BuildRequest;
  /** Directory for files that are needed while it runs. */
  readonly work: string;
}

/** Brings the source here, finds an engine, and takes both away afterwards. Throws CompileError. */
export async function withBuild(
  { argument, flags, platforms, tags, needsArchive, wantsSecrets, requirePlaces, wishes }: BuildWish,
  terminal: Terminal,
  act: (opened: OpenedBuild) => Promise<number>,
): Promise<number> {
  const answers = flagAnswers(flags, "build");
  if (answers.length > 0) throw new CompileError(answers);
  const file = flags.file ?? flags.descriptor;
  const named = { ...flags, ...(file === undefined ? {} : { file }) };
  let opened: Source;
  try {
    const access = {
      http: () => accessFrom(flags, terminal).http,
      report: terminal.report,
      tell: (line: string) => {
        if (flags.quiet !== true) terminal.tell(line);
      },
    };
    opened = await openSource(argument, named, access);
  } catch (error) {
    if (error instanceof Interrupted) return exitInterrupted;
    throw error;
  }
  const source = wishes === undefined ? opened : withRevision(opened, wishes.revision);
  const { path: work, remove } = makeTemporaryDirectory("build");
  try {
    // The user knows no path of what was fetched, so its root is seen from there.
    const border = withArchivePlace(
      readBorder(source.written ?? source.directory, flags.root, source.isFetched ? source.directory : "."),
      wishes?.archive,
    );
    for (const limit of [border, ...(source.beside === undefined ? [] : [source.beside])]) {
      requirePlaces(limit);
      requireHandedFiles(flags, limit, process.env);
    }
    const what = whatToBuild({ source, named: file, border, work }, terminal);
    const handed = withPlainPaths(flags, process.env);
    const project = { directory: source.directory, border };
    const buildpacks =
      what.kind === "project"
        ? await handBuildpacks(handed, { project, env: process.env, work })
        : { flags: handed, contexts: [] };
    const request = makeRequest({
      ...{ source, border, what, flags: buildpacks.flags, platforms, tags, work, wishes },
      buildpacks: buildpacks.contexts,
      report: terminal.report,
    });
    const oversized = oversizedSecrets(request.secrets, process.env);
    if (oversized.length > 0) throw new CompileError(oversized);
    if (wantsSecrets) requireSecrets(what, flags, request, wishes);
    const layout = request.frontend?.layout;
    const needs = {
      platforms: what.kind === "dockerfile" ? [] : platforms,
      needsArchive,
      needsHandedFrontend: layout !== undefined,
    };
    return await withEngine(flags, needs, terminal, async (engine) => {
      const prepared = new Handover(engine, terminal.report).prepare(request);
      const build = { engine, source, border, kind: what.kind, request: prepared, work };
      if (layout === undefined || engine.load === undefined) return act(build);
      return act({ ...build, request: { ...request, frontend: { reference: await engine.load(layout) } } });
    });
  } catch (error) {
    if (error instanceof Interrupted) return exitInterrupted;
    throw error;
  } finally {
    remove();
    source.remove();
  }
}

/** The file to build, where it lies and what it is. */
type What = BuildFileContent & { readonly file: BuildFile };

interface Wanted {
  readonly source: Source;
  /** As the user wrote it; absent: the usual one. */
  readonly named: string | undefined;
  readonly border: Border;
  readonly work: string;
}

function whatToBuild({ source, named, border, work }: Wanted, terminal: Terminal): What {
  if (source.fileText !== undefined) {
    const content = contentOf("", source.fileText);
    const name = content.kind === "project" ? "project.toml" : "Dockerfile";
    writeFileSync(join(work, name), source.fileText);
    return { ...content, file: { directory: work, name } };
  }
  // docker's rule: a file that is named is seen from here, unless only the source has it.
  const usual = named === undefined ? usualFile(source.directory) : undefined;
  const found = named === undefined ? undefined : namedFile(source, named);
  const path = found?.path ?? join(source.directory, usual ?? "project.toml");
  const place = { directory: dirname(path), name: basename(path) };
  if (named === undefined && usual === undefined) {
    writeFileSync(join(work, "project.toml"), "");
    return { kind: "project", file: { directory: work, name: "project.toml" }, text: "" };
  }
  // What was fetched has no file that the user has seen: there a name is no more than the repository's own.
  const isOwn = named === undefined || found?.isOfSource === true;
  const origin = isOwn
    ? { border: border.directory, flag: "--file" }
    : namedBy("--file", named, source.beside ?? border);
  const bytes = readBuildFile(path, named ?? basename(path), origin);
  const content = contentOf(place.name, bytes.toString("utf8"));
  if (content.kind === "project") terminal.know(source.directory, place.name, content.text);
  return { ...content, file: reachableFile(place, bytes, border, work) };
}

/** Throws CompileError where a secret is declared and not offered, or offered for nothing. */
function requireSecrets(
  { file, ...content }: What,
  flags: BuildFlags,
  { secrets, buildArguments }: BuildRequest,
  wishes: ContainerWishes | undefined,
): void {
  const told = new Map(buildArguments.map(({ name, value }) => [name, value]));
  const request = { content, file: file.name, flags, buildArguments: told, secrets };
  // The container offers what it was given, whatever it builds.
  const found = [...missingSecrets(request), ...(wishes === undefined ? unusableSecrets(request) : [])];
  if (found.length > 0) throw new CompileError(found);
}

/**
 * Seen from here, as docker has it; or from what was fetched, which is nowhere else. An archive of this machine may have its
 * descriptor beside it, as pack takes it, or in it.
 */
function namedFile(
  { directory, isFetched, isLocalArchive }: Source,
  named: string,
): { readonly path: string; readonly isOfSource: boolean } {
  const here = resolve(plainPath(named));
  if (!isFetched || (isLocalArchive === true && existsSync(here))) {
    return { path: here, isOfSource: false };
  }
  return { path: resolve(directory, named), isOfSource: true };
}

interface RequestParts {
  readonly source: Source;
  readonly border: Border;
  readonly what: What;
  readonly flags: BuildFlags;
  /** Directories of buildpacks. */
  readonly buildpacks: readonly NamedContext[];
  readonly platforms: readonly Platform[];
  readonly tags: readonly string[];
  readonly work: string;
  readonly wishes: ContainerWishes | undefined;
  readonly report: Report;
}

function makeRequest(parts: RequestParts): BuildRequest {
  const { source, border, what, flags, buildpacks, platforms, tags, work, wishes, report } = parts;
  const progress = flags.quiet === true ? "quiet" : (flags.progress ?? "auto");
  const isProject = what.kind === "project";
  if (!isProject) refuseProjectFlags(flags, what);
  const database = databaseDirectory(flags, border);
  const settings = scanSettingsDirectory(flags, { directory: source.directory, border }, work);
  const { vulnerabilityDb, scanConfig: _, ...others } = flags;
  const said = {
    ...others,
    ...(database === undefined && vulnerabilityDb !== undefined ? { vulnerabilityDb } : {}),
  };
  const project = isProject
    ? projectArguments(said, { source, env: process.env, border, report })
    : {
        buildArguments: new Map([
          ...scopeArguments(flags, what.kind),
          ...dockerArguments(flags.buildArg ?? [], process.env),
          ...(what.kind === "generated" ? inspectionArguments(said) : []),
        ]),
        secrets: [],
        contexts: [],
      };
  return {
    context: source.directory,
    file: what.file,
    ...(what.kind === "dockerfile"
      ? {}
      : {
          frontend: frontendImage(flags.image ?? (process.env[optionVariable("frontendImage")] || undefined)),
        }),
    ...{ platforms, tags, outputs: [] },
    buildArguments: Array.from(project.buildArguments, ([name, value]) => ({ name, value })),
    labels: [...(flags.gitMetadata === true ? [metadataLabel(source)] : []), ...(flags.label ?? [])],
    annotations: [
      ...(flags.annotation ?? []),
      ...revisionAnnotations(source, platforms.length, wishes !== undefined),
    ],
    ...(flags.target === undefined ? {} : { target: flags.target }),
    noCache: flags.cache === false,
    noCacheFilter: flags.noCacheFilter ?? [],
    pull: flags.pull ?? false,
    secrets: [...(flags.secret ?? []), ...project.secrets],
    ssh: flags.ssh ?? [],
    cacheFrom: flags.cacheFrom ?? [],
    cacheTo: flags.cacheTo ?? [],
    buildContexts: [
      ...(flags.buildContext ?? []).map(readContext),
      ...project.contexts,
      ...buildpacks,
      ...(database === undefined ? [] : [{ name: databaseContext, value: database }]),
      ...(settings === undefined ? [] : [{ name: scanConfigContext, value: settings }]),
    ],
    attestations: attestations(flags),
    limits: {
      addHosts: flags.addHost ?? [],
      allow: flags.allow ?? [],
      ulimits: flags.ulimit ?? [],
      ...(flags.cgroupParent === undefined ? {} : { cgroupParent: flags.cgroupParent }),
      ...(flags.network === undefined ? {} : { network: flags.network }),
      ...(flags.shmSize === undefined ? {} : { shmSize: flags.shmSize }),
    },
    progress,
    ...(flags.dryRun === true ? {} : { metadataFile: join(work, "metadata.json") }),
    // buildctl says that it writes one, and a quiet build says nothing; buildx shows no warnings then, either.
    ...(flags.dryRun === true || progress === "quiet" ? {} : { traceFile: join(work, "trace.json") }),
  };
}

/**
 * Which state of a repository an image is of. In the index, since it would make the images of the platforms other ones
 * than those of the same files in a directory; one platform has no index. An archive's own list can say it, too.
 */
function revisionAnnotations({ revision = {} }: Source, platformCount: number, inArchive: boolean): string[] {
  const kind = platformCount > 1 ? "index" : "manifest";
  const types = inArchive ? `${kind},${kind}-descriptor` : kind;
  const said = { source: revision.remote, revision: revision.commit, created: revision.time };
  return Object.entries(said).flatMap(([name, value]) =>
    value === undefined ? [] : [`${types}:org.opencontainers.image.${name}=${value}`],
  );
}

/** What the label of pack's says of a git repository. Source: CNB platform spec, project-metadata.toml; pack. */
function metadataLabel({ revision }: Source): string {
  if (revision?.commit === undefined)
    throw new CompileError([diagnose("cli/no-revision", {}, { file: "--git-metadata" })]);
  const { remote: url, commit, refs = [] } = revision;
  const source = { type: "git", version: { commit }, metadata: { refs, url } };
  return `io.buildpacks.project.metadata=${JSON.stringify({ source })}`;
}

function attestations({ attest = [], sbom, provenance }: BuildFlags): Record<string, string> {
  const found: Diagnostic[] = [];
  const listed = attest.flatMap((text) => {
    const { type, disabled, ...attributes } = parseAttributes(text) ?? {};
    if (type === undefined) {
      found.push(diagnose("cli/bad-attestation", { text }, { file: "--attest" }));
      return [];
    }
    const isOff = disabled !== undefined && !/^(?:0|f|false)$/i.test(disabled);
    const value = Object.entries(attributes)
      .map(([name, part]) => `${name}=${part}`)
      .join(",");
    return [[type, isOff ? "false" : value || "true"] as const];
  });
  if (found.length > 0) throw new CompileError(found);
  return {
    ...Object.fromEntries(listed),
    ...(sbom === undefined ? {} : { sbom }),
    ...(provenance === undefined ? {} : { provenance }),
  };
}

function readContext(text: string): NamedContext {
  const at = text.indexOf("=");
  if (at < 1)
    throw new CompileError([diagnose("cli/bad-build-context", { text }, { file: "--build-context" })]);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** A database of this machine, which is handed over. Undefined: none is named, or one by its address. */
function databaseDirectory(
  { vulnerabilityDb: text, buildContext = [] }: BuildFlags,
  border: Border,
): string | undefined {
  if (text === undefined || /^https?:/i.test(text)) return undefined;
  const location = { file: "--vulnerability-db" };
  const path = resolve(plainPath(text));
  requireInside(location.file, text, border);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CompileError([diagnose("plan/bad-database-address", { text }, location)]);
  }
  if (buildContext.some((context) => context.startsWith(`${databaseContext}=`))) {
    throw new CompileError([diagnose("cli/database-and-context", {}, location)]);
  }
  return path;
}

/** What flags say of the stages that look into the image, which our frontend makes itself where they are asked for. */
function inspectionArguments(flags: BuildFlags): [string, string][] {
  const found: Diagnostic[] = [];
  const said = saidByFlags(flags, "build") as OptionTexts;
  // The scope of the cache is handed over for any file.
  const rows = argumentRows.filter(({ name, only }) => only !== "project" && name !== "cacheScope");
  const texts = Object.fromEntries(
    rows.map(({ name }) => [name, (said as ArgumentTexts)[name]]),
  ) as OptionTexts;
  readCompiledOptions(texts, (name) => ({ file: flagOf(name) }), found);
  if (found.length > 0) throw new CompileError(found);
  return rows.flatMap((row): [string, string][] => {
    const text = argumentText(row, (said as ArgumentTexts)[row.name]);
    return text === undefined ? [] : [[row.argument, text]];
  });
}

/**
 * A scope for the caches of a Dockerfile: of a generated one, as our frontend takes it; of any other, all cache mounts of
 * the build, as BuildKit takes it.
 */
function scopeArguments(flags: BuildFlags, kind: BuildFileKind): [string, string][] {
  const given = dockerArguments(flags.buildArg ?? [], process.env);
  const scope = readCacheScope(flags, given, process.env);
  if (scope === undefined) return [];
  if (flags.cacheScope !== undefined && given.has(cacheScopeArgument)) {
    const values = { name: cacheScopeArgument, other: "--cache-scope" };
    throw new CompileError([diagnose("cli/said-twice", values, { file: "--build-arg" })]);
  }
  return [kind === "generated" ? [cacheScopeArgument, scope.text] : [cacheNamespaceArgument, scope.own]];
}

/** A Dockerfile says for itself what these flags would. */
function refuseProjectFlags(flags: BuildFlags, { kind, file: { name: file } }: What): void {
  const found = optionsAt("build").flatMap(({ flag: text, only }) => {
    if (text === undefined || only === undefined || (kind === "generated" && only === "ours")) return [];
    const flag = givenFlag(flags, text);
    return flag === undefined ? [] : [diagnose("cli/project-flag", { flag, file }, { file: flag })];
  });
  if (
    kind === "dockerfile" &&
    (flags.buildArg ?? []).some((text) => text.split("=", 1)[0] === failOnArgument)
  ) {
    // Its stages are the project's, and nothing says that one of them heeds it.
    found.push(diagnose("cli/gate-of-dockerfile", { file }, { file: `--build-arg ${failOnArgument}` }));
  }
  if (found.length > 0) throw new CompileError(found);
}
