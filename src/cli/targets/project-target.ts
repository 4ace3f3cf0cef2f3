import { basename, relative, resolve, sep } from "node:path";
import { imageName } from "../../build/outputs/image-name.ts";
import { type DescriptorText, readDescriptor } from "../../descriptor/descriptor.ts";
import { keyPlaces } from "../../descriptor/key-places.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../diagnostics/diagnostic.ts";
import { hasSyntaxLine } from "../../dockerfile/read/directives.ts";
import { followLinks, plainPath } from "../../files/follow-links.ts";
import { formatPlatform } from "../../image/platform.ts";
import {
  argumentNames,
  argumentRows,
  argumentText,
  readBuildArgument,
} from "../../options/build-arguments.ts";
import { helperImage } from "../../options/table/generated-file.ts";
import { cacheImageName } from "../../options/values/cache-image.ts";
import { parseCacheScope } from "../../options/values/cache-scope.ts";
import { chooseBuilder } from "../../plan/images.ts";
import type { CompileOptions } from "../../plan/options.ts";
import { planSecrets } from "../../plan/platform/mounts.ts";
import { present } from "../../present.ts";
import type { GenerateFlags } from "../flags.ts";
import type { Asked } from "../operator-defaults.ts";
import { withLocalBuildpacks } from "../project/local-buildpacks.ts";
import { readOptions, withVariables } from "../project/options.ts";
import { type Project, readProject } from "../project/project.ts";
import { reportUnpublished } from "../project/unpublished.ts";
import { saidByFlags } from "../table-flags.ts";
import type { Terminal } from "../terminal.ts";

/** A project as another program is to build it with BuildKit. */
export interface ProjectTarget {
  /** Unique; letters, digits and dashes. */
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** The descriptor, below the directory. */
  readonly file: string;
  /** `linux/arm64`; empty: BuildKit's own. */
  readonly platforms: readonly string[];
  /** Build arguments, by name. */
  readonly buildArguments: ReadonlyMap<string, string>;
  readonly secrets: readonly TargetSecret[];
  /** Id of the ssh agent that the buildpacks may use; absent: none. */
  readonly ssh?: string;
  /** Image that the app's cache is written to, of its scope; absent: none is. */
  readonly cacheImage?: string;
}

/** A secret that the project declares; absent variable: it is in a file. */
export interface TargetSecret {
  readonly id: string;
  readonly variable?: string;
}

interface DescribedTarget {
  readonly target: Omit<ProjectTarget, "name">;
  /** Whether it names the helper image of this version, as neither a flag nor the descriptor names one. */
  readonly namesUsualImage: boolean;
}

interface ReadTarget extends DescribedTarget {
  readonly project: Project;
}

/**
 * Reads projects that another program builds. No registry is asked. Throws CompileError with everything that is wrong with any of
 * them, and with flags that only a Dockerfile can follow.
 */
export function readTargets(
  paths: readonly string[],
  asked: Asked<GenerateFlags>,
  terminal: Terminal,
): { readonly projects: readonly Project[]; readonly targets: readonly ProjectTarget[] } {
  const found = flagFaults(asked.flags, paths.length);
  if (found.length > 0) throw new CompileError(found);
  const read: ReadTarget[] = [];
  for (const path of distinct(paths)) {
    try {
      read.push(readTarget(path, asked, terminal));
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      found.push(...error.diagnostics);
    }
  }
  if (found.length > 0) throw new CompileError(found);
  if (read.some(({ namesUsualImage }) => namesUsualImage)) reportUnpublished(helperImage, terminal.report);
  const names = targetNames(read.map(({ target }) => target.directory));
  return {
    projects: read.map(({ project }) => project),
    targets: read.map(({ target }, index) =>
      withCacheImage({ name: names[index] ?? "", ...target }, asked.flags),
    ),
  };
}

/** A cache is of one app: each project has a tag of its own. */
function withCacheImage(target: ProjectTarget, { cacheImage, cacheScope }: GenerateFlags): ProjectTarget {
  if (cacheImage === undefined) return target;
  const own = cacheImageName(cacheImage, target.name);
  const scope = cacheScope === undefined ? undefined : parseCacheScope(cacheScope);
  const written = own === undefined ? undefined : cacheImageName(own, scope?.own);
  if (own === undefined || written === undefined) return target;
  const buildArguments = new Map([...target.buildArguments, [argumentNames.cacheImage, own]]);
  return { ...target, buildArguments, cacheImage: written };
}

/** Each directory once, by its first name. */
function distinct(paths: readonly string[]): string[] {
  const byDirectory = new Map<string, string>();
  for (const path of paths) {
    const directory = followLinks(resolve(plainPath(path))).path;
    if (!byDirectory.has(directory)) byDirectory.set(directory, path);
  }
  return [...byDirectory.values()];
}

/** Flags that say something of one Dockerfile, or of one project. */
function flagFaults(flags: GenerateFlags, projectCount: number): Diagnostic[] {
  const { selfContained, volume = [], descriptor, cacheId } = flags;
  const isSeveral = projectCount > 1;
  const given = [
    { flag: "--self-contained", isGiven: selfContained === true, isOfOne: false },
    { flag: "--volume", isGiven: volume.length > 0, isOfOne: false },
    { flag: "--descriptor", isGiven: isSeveral && descriptor !== undefined, isOfOne: true },
    { flag: "--cache-id", isGiven: isSeveral && cacheId !== undefined, isOfOne: true },
  ];
  return given.flatMap(({ flag, isGiven, isOfOne }) =>
    isGiven ? [diagnose("cli/target-flag", { flag, isOfOne }, { file: flag })] : [],
  );
}

function readTarget(path: string, asked: Asked<GenerateFlags>, terminal: Terminal): ReadTarget {
  const project = readProject(path, asked.flags);
  const { descriptor, descriptorPath: file } = project;
  if (descriptor === undefined || file === undefined) {
    throw new CompileError([diagnose("cli/target-without-descriptor", { path }, { file: path })]);
  }
  // Several projects have a file of that name each.
  const shown = seenFromHere(resolve(project.directory, file));
  terminal.know(".", shown, descriptor.text);
  const placed = ({ location, ...diagnostic }: Diagnostic): Diagnostic => ({
    ...diagnostic,
    ...present({ location: location?.file === descriptor.file ? { ...location, file: shown } : location }),
  });
  const report: Report = (warning) => terminal.report(placed(warning));
  try {
    return { project, ...targetOf({ project, file, descriptor }, asked, report) };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(error.diagnostics.map(keyPlaces(descriptor)).map(placed), { cause: error });
  }
}

interface DescribedProject {
  readonly project: Project;
  readonly file: string;
  readonly descriptor: DescriptorText;
}

function targetOf(
  { project, file, descriptor: text }: DescribedProject,
  asked: Asked<GenerateFlags>,
  report: Report,
): DescribedTarget {
  const descriptor = readDescriptor(text, report);
  const flags = withLocalBuildpacks(withVariables(asked, process.env, text), project);
  const handed = [
    ...(flags.localBuildpacks ?? []).map(({ text: named }) => named),
    ...(flags.handedUris?.keys() ?? []),
  ];
  // Each door finds such a directory by another name.
  if (handed.length > 0) throw new CompileError(handed.map((named) => outsideBuildpack(named)));
  const options = readOptions(flags, project, undefined, report);
  // Without one, the build would find out.
  chooseBuilder(descriptor, options);
  const { mounts, ssh } = planSecrets(descriptor, options);
  const hasSyntax = hasSyntaxLine(text.text);
  const named = namedHelper(flags);
  const helper: [string, string][] = hasSyntax ? [] : [["BUILDKIT_SYNTAX", named ?? helperImage]];
  const target = {
    ...{ directory: project.directory, file, platforms: (options.platforms ?? []).map(formatPlatform) },
    buildArguments: new Map([...helper, ...ownArguments(flags, options)]),
    secrets: mounts.map(({ id, target }) => ({
      id,
      ...(target.startsWith("/platform/env/") ? { variable: id } : {}),
    })),
    ...present({ ssh: ssh?.id }),
  };
  return { target, namesUsualImage: !hasSyntax && named === undefined };
}

function outsideBuildpack(named: string): Diagnostic {
  return diagnose("cli/target-buildpack", { named }, { file: named });
}

/** The helper image that flags name. Undefined: none is. */
function namedHelper({ syntax, image }: GenerateFlags): string | undefined {
  return (syntax === undefined || syntax === "none" ? image : syntax) || undefined;
}

/** What flags say, as our frontend takes it. Throws CompileError. */
function ownArguments(flags: GenerateFlags, options: CompileOptions): [string, string][] {
  const values = {
    ...saidByFlags(flags, "generate"),
    secrets: options.secrets.map(({ name }) => name),
    bindings: options.bindings.map(({ name, type, keys }) => `${name}=${type}:${keys.join(",")}`),
  } as Readonly<Record<string, string | readonly string[] | boolean | undefined>>;
  const variables = options.buildEnv.map(({ name, value }): [string, string] => [name, value]);
  const reserved = options.buildEnv.filter((variable) => readBuildArgument(variable).kind !== "variable");
  if (reserved.length > 0) {
    throw new CompileError(
      reserved.map(({ name }) => diagnose("cli/env-of-build", { name }, { file: "--env" })),
    );
  }
  return [
    ...argumentRows.flatMap((row): [string, string][] => {
      const value = argumentText(row, values[row.name]);
      return value === undefined ? [] : [[row.argument, value]];
    }),
    ...variables,
  ];
}

/** A name for each directory: its own, and of those that have the same one, their path from here. */
function targetNames(directories: readonly string[]): string[] {
  const own = directories.map((directory) => imageName({ name: basename(directory) }, []));
  const taken = new Set(["default"]);
  return directories.map((directory, index) => {
    const name = own[index] ?? "app";
    const isUnique = own.filter((other) => other === name).length === 1;
    const wanted = isUnique ? name : imageName({ name: seenFromHere(directory) }, []);
    let chosen = wanted;
    for (let number = 2; taken.has(chosen); number++) chosen = `${wanted}-${number}`;
    taken.add(chosen);
    return chosen;
  });
}

function seenFromHere(path: string): string {
  return relative(process.cwd(), path).split(sep).join("/") || ".";
}
