import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { type BuildOutput, parseAttributes, parseOutput } from "../../engines/build-output.ts";
import type { BuildFile, BuildRequest, NamedContext } from "../../engines/build-request.ts";
import { archiveOutput, chooseOutputs } from "../../engines/choose-outputs.ts";
import type { Engine } from "../../engines/engine.ts";
import { formatCommand } from "../../engines/engine-command.ts";
import { OutputFiles, partialPattern } from "../../engines/output-files.ts";
import { runBuild } from "../../engines/run-build.ts";
import { CompileError, type Diagnostic, diagnose, type Platform, parseReference } from "../../index.ts";
import { Interrupted, withEngine } from "../build-engine.ts";
import { type BuildFileKind, kindOf, readBuildFile, usualFile } from "../build-file.ts";
import type { BuildFlags } from "../build-flags.ts";
import { describeResult, readAnswer } from "../build-result.ts";
import { accessFrom } from "../compile-project.ts";
import { exitInterrupted, exitUserError } from "../exit-code.ts";
import { frontendImage } from "../frontend-image.ts";
import { givenFlag, readPlatforms } from "../options.ts";
import { buildPackFlags } from "../pack-flags.ts";
import type { AccessFlags } from "../program.ts";
import { dockerArguments, projectArguments } from "../project-arguments.ts";
import { addProjectFlags } from "../project-flags.ts";
import { repositoryName } from "../source/git-url.ts";
import { openSource } from "../source/open-source.ts";
import type { Revision, Source } from "../source/source.ts";
import type { Terminal } from "../terminal.ts";
import { readOrExplain, writeWhole } from "../text-file.ts";

/** What the builder container wants, and no flag says. */
export interface ContainerWishes {
  /** Absolute path of the archive to write; no part of the source, wherever it lies. */
  readonly archive: string;
  /** Whether files' times are set back to SOURCE_DATE_EPOCH, which BuildKit's client reads. */
  readonly rewritesTimes: boolean;
  /** What the user says of the source. */
  readonly revision: Partial<Revision>;
}

/** `build`: a project or a Dockerfile to an image, by BuildKit. Out: the exit code. */
export async function build(
  argument: string | undefined,
  flags: BuildFlags & AccessFlags,
  terminal: Terminal,
  wishes?: ContainerWishes,
): Promise<number> {
  refuseFlags(flags);
  const found: Diagnostic[] = [];
  const platforms = readPlatforms(flags.platform ?? [], found);
  const outputs =
    wishes === undefined ? readOutputs(flags.output ?? [], found) : [archiveOf(wishes, platforms.length)];
  const tags = readTags(flags.tag ?? [], found);
  if (found.length > 0) throw new CompileError(found);
  const file = flags.file ?? flags.descriptor;
  const named = { ...flags, ...(file === undefined ? {} : { file }) };
  const opened = await openSource(argument, named, () => accessFrom(flags, terminal).http);
  const source = wishes === undefined ? opened : withRevision(opened, wishes.revision);
  const work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-build-"));
  try {
    const what = whatToBuild(source, file, work, terminal);
    const request = makeRequest({ source, what, flags, platforms, tags, work, wishes });
    const needs = {
      platforms: what.kind === "dockerfile" ? [] : platforms,
      needsArchive: outputs.some(
        ({ type, destination }) => destination !== undefined && ["oci", "docker"].includes(type),
      ),
      needsHandedFrontend: request.frontend?.layout !== undefined,
    };
    return await withEngine(flags, needs, terminal, async (engine) => {
      const name = imageName(source, flags);
      const wanted = chooseOutputs(
        {
          ...{ outputs, name: name.replaceAll("/", "-"), platformCount: platforms.length },
          ...{ push: flags.push ?? false, load: flags.load ?? false, isNamed: tags.length > 0 },
        },
        engine,
      );
      const named = tags.length > 0 ? request : { ...request, tags: [fullName(name)] };
      const isPlain = (outputs.length > 0 && wishes === undefined) || flags.dryRun === true;
      const apart = isPlain ? named : withoutArchive(named, wanted, work, wishes !== undefined);
      return run({ engine, request: apart, wanted, flags, shown: flags.tag ?? [name], terminal });
    });
  } catch (error) {
    if (error instanceof Interrupted) return exitInterrupted;
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
    source.remove();
  }
}

function archiveOf({ archive, rewritesTimes }: ContainerWishes, platformCount: number): BuildOutput {
  const output = archiveOutput(archive, platformCount);
  if (!rewritesTimes) return output;
  return { ...output, attributes: { ...output.attributes, "rewrite-timestamp": "true" } };
}

interface Run {
  readonly engine: Engine;
  readonly request: BuildRequest;
  readonly wanted: readonly BuildOutput[];
  readonly flags: BuildFlags;
  readonly shown: readonly string[];
  readonly terminal: Terminal;
}

async function run({ engine, request: asked, wanted, flags, shown, terminal }: Run): Promise<number> {
  const files = new OutputFiles();
  const layout = asked.frontend?.layout;
  const request =
    layout === undefined || engine.load === undefined
      ? asked
      : { ...asked, frontend: { reference: await engine.load(layout) } };
  if (flags.dryRun === true) {
    terminal.print(`${formatCommand(engine.command({ ...request, outputs: wanted }))}\n`);
    return 0;
  }
  try {
    const command = engine.command({ ...request, outputs: wanted.map((output) => files.redirect(output)) });
    const { exitCode, isInterrupted } = await runBuild(command);
    if (exitCode !== 0) return isInterrupted ? exitInterrupted : exitUserError;
    files.commit();
    // BuildKit says nothing of a result that is no image.
    const text = (request.metadataFile && readOrExplain(request.metadataFile)) ?? "{}";
    const answer = readAnswer(text);
    if (flags.metadataFile !== undefined) writeWhole(flags.metadataFile, text);
    if (flags.iidfile !== undefined) writeWhole(flags.iidfile, answer.imageId ?? "");
    if (flags.quiet === true) terminal.print(`${answer.imageId ?? ""}\n`);
    else {
      const result = {
        engine,
        outputs: wanted,
        tags: shown,
        platformCount: request.platforms.length,
        answer,
      };
      for (const line of describeResult(result)) terminal.tell(line);
    }
    return 0;
  } finally {
    files.discard();
  }
}

/**
 * Keeps an archive that nobody asked for by name out of the source, where the next build would take it for a part of the
 * app. BuildKit reads the ignore file that lies beside the file to build. In: whether the archive's directory may be a part
 * of the source by another name, as a mount of a container can be.
 */
function withoutArchive(
  request: BuildRequest,
  outputs: readonly BuildOutput[],
  work: string,
  isMounted: boolean,
): BuildRequest {
  const { context, file } = request;
  const everywhere = outputs.flatMap(({ destination }) =>
    destination === undefined ? [] : [join("**", basename(destination))],
  );
  const within = outputs
    .flatMap(({ destination }) =>
      destination === undefined ? [] : [relative(context, resolve(destination))],
    )
    .filter((path) => !path.startsWith("..") && !isAbsolute(path));
  const inside = isMounted ? everywhere : within;
  if (inside.length === 0) return request;
  const patterns = inside.flatMap((path) => [path, join(dirname(path), partialPattern(basename(path)))]);
  const own = join(file.directory, `${file.name}.dockerignore`);
  const usual = join(context, ".dockerignore");
  const before = readOrExplain(own) ?? readOrExplain(usual) ?? "";
  writeFileSync(join(work, `${file.name}.dockerignore`), `${before}\n${patterns.join("\n")}\n`);
  if (file.directory !== work) copyFileSync(join(file.directory, file.name), join(work, file.name));
  return { ...request, file: { directory: work, name: file.name } };
}

/** The file to build, where it lies and what it is. */
interface What {
  readonly kind: BuildFileKind;
  readonly file: BuildFile;
}

function whatToBuild(source: Source, named: string | undefined, work: string, terminal: Terminal): What {
  if (source.fileText !== undefined) {
    const kind = kindOf("", source.fileText);
    const name = kind === "project" ? "project.toml" : "Dockerfile";
    writeFileSync(join(work, name), source.fileText);
    return { kind, file: { directory: work, name } };
  }
  // docker's rule: a file that is named is seen from here, unless only the source has it.
  const usual = named === undefined ? usualFile(source.directory) : undefined;
  const path =
    named === undefined ? join(source.directory, usual ?? "project.toml") : namedFile(source, named);
  const place = { directory: dirname(path), name: basename(path) };
  if (named === undefined && usual === undefined) {
    writeFileSync(join(work, "project.toml"), "");
    return { kind: "project", file: { directory: work, name: "project.toml" } };
  }
  const text = readBuildFile(path, named ?? basename(path));
  const kind = kindOf(place.name, text);
  if (kind === "project") terminal.know(source.directory, place.name, text);
  return { kind, file: place };
}

/** Seen from here, as docker has it; or from what was fetched, which is nowhere else. */
function namedFile({ directory, isFetched }: Source, named: string): string {
  return isFetched ? resolve(directory, named) : resolve(named);
}

interface RequestParts {
  readonly source: Source;
  readonly what: What;
  readonly flags: BuildFlags;
  readonly platforms: readonly Platform[];
  readonly tags: readonly string[];
  readonly work: string;
  readonly wishes: ContainerWishes | undefined;
}

function makeRequest(parts: RequestParts): BuildRequest {
  const { source, what, flags, platforms, tags, work, wishes } = parts;
  const isProject = what.kind === "project";
  if (!isProject) refuseProjectFlags(flags, what.file.name);
  const project = isProject
    ? projectArguments(flags, process.env)
    : { buildArguments: dockerArguments(flags.buildArg ?? [], process.env), secrets: [] };
  return {
    context: source.directory,
    file: what.file,
    ...(what.kind === "dockerfile"
      ? {}
      : { frontend: frontendImage(flags.image ?? (process.env.CNB_DOCKERFILE_IMAGE || undefined)) }),
    ...{ platforms, tags, outputs: [] },
    buildArguments: Array.from(project.buildArguments, ([name, value]) => ({ name, value })),
    labels: flags.label ?? [],
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
    buildContexts: (flags.buildContext ?? []).map(readContext),
    attestations: attestations(flags),
    limits: {
      addHosts: flags.addHost ?? [],
      allow: flags.allow ?? [],
      ulimits: flags.ulimit ?? [],
      ...(flags.cgroupParent === undefined ? {} : { cgroupParent: flags.cgroupParent }),
      ...(flags.network === undefined ? {} : { network: flags.network }),
      ...(flags.shmSize === undefined ? {} : { shmSize: flags.shmSize }),
    },
    ...(source.git === undefined || !isProject ? {} : { git: source.git }),
    progress: flags.quiet === true ? "quiet" : (flags.progress ?? "auto"),
    ...(flags.dryRun === true ? {} : { metadataFile: join(work, "metadata.json") }),
  };
}

/** What a user says of a source: a repository that he names also gives the app its cache and the image its name. */
function withRevision(source: Source, revision: Partial<Revision>): Source {
  const { remote } = revision;
  const git = source.git ?? (remote === undefined ? undefined : { remote, subdirectory: "" });
  return {
    ...source,
    name: remote === undefined ? source.name : repositoryName(remote),
    revision,
    ...(git === undefined ? {} : { git }),
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
      return [fullName(text)];
    }
    found.push(diagnose("cli/bad-tag", { text }, { file: "--tag" }));
    return [];
  });
}

/** With registry and tag, as engines that do not know docker's short names want it. */
function fullName(text: string): string {
  const reference = parseReference(text);
  if (reference === undefined) throw new Error(`${text} is not a name`);
  const { registry, repository, tag = "latest" } = reference;
  return `${registry}/${repository}:${tag}`;
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

function readContext(text: string): NamedContext {
  const at = text.indexOf("=");
  if (at < 1)
    throw new CompileError([diagnose("cli/bad-build-context", { text }, { file: "--build-context" })]);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** A Dockerfile says for itself what these flags would. */
function refuseProjectFlags(flags: BuildFlags, file: string): void {
  const own = addProjectFlags(new Command()).options.filter(
    ({ long }) => !["--build-arg", "--image"].includes(long ?? ""),
  );
  const found = [...own.map(({ flags: text }) => text), "--previous-image <image>"].flatMap((text) => {
    const flag = givenFlag(flags, text);
    return flag === undefined ? [] : [diagnose("cli/project-flag", { flag, file }, { file: flag })];
  });
  if (found.length > 0) throw new CompileError(found);
}

function refuseFlags(flags: BuildFlags): void {
  const found = buildPackFlags.flatMap(({ flags: text, insteadOfBuild = "" }) => {
    const flag = givenFlag(flags, text);
    return flag === undefined
      ? []
      : [diagnose("cli/pack-flag-of-build", { flag, instead: insteadOfBuild }, { file: flag })];
  });
  if (found.length > 0) throw new CompileError(found);
}
