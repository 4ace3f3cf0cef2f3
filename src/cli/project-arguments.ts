import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Source } from "../build/source/source.ts";
import type { NamedContext } from "../engines/build-request.ts";
import { formatAttributes } from "../engines/outputs/build-output.ts";
import { type Border, requireInside } from "../files/border.ts";
import { plainPath } from "../files/follow-links.ts";
import {
  type ArgumentOption,
  argumentOptions,
  CompileError,
  cacheScopeArgument,
  type DeclaredBinding,
  type Diagnostic,
  diagnose,
  isBuildkitSecret,
  type Report,
  readBuildArgument,
  systemReason,
  volumeItems,
} from "../index.ts";
import type { BuildFlags } from "./build-flags.ts";
import { readCacheScope } from "./cache-scope.ts";
import { secretId } from "./offered-secrets.ts";
import { readDeclarations, readEnv } from "./options.ts";
import { readVolume, type VolumeListener } from "./volume.ts";
import { handedVolumes } from "./volume-form.ts";

/** What a build is told of a project beside its file. */
export interface ProjectArguments {
  /** Build arguments of our frontend, by name. */
  readonly buildArguments: ReadonlyMap<string, string>;
  /** Secrets to offer beside those of `--secret`, in its syntax. */
  readonly secrets: readonly string[];
  /** Directories to hand over. */
  readonly contexts: readonly NamedContext[];
}

/** What a project's flags are read beside. */
export interface ProjectSurroundings {
  readonly source: Pick<Source, "git" | "place">;
  readonly env: NodeJS.ProcessEnv;
  readonly border: Border;
  readonly report: Report;
}

/**
 * The flags of a project as build arguments of our frontend, and where it comes from. What `--secret` and `--ssh` offer is
 * declared as well, since a frontend cannot see what its client offers. Throws CompileError with every flag that is wrong.
 */
export function projectArguments(
  flags: BuildFlags,
  { source, env, border, report }: ProjectSurroundings,
): ProjectArguments {
  const found: Diagnostic[] = [];
  const { buildEnv, valueless } = readEnv({ ...flags, buildArg: [] }, found, border);
  const { secrets, bindings, ssh, volumes } = declarations(flags, valueless, { found, report }, border);
  const contexts = volumeContexts(flags, found, border);
  const result = new Map(buildEnv.map(({ name, value }) => [name, value]));
  for (const { name, value } of buildEnv) {
    if (readBuildArgument({ name, value }).kind === "variable") continue;
    found.push(diagnose("cli/env-of-build", { name }, { file: "--env" }));
  }
  const unset = valueless.filter(({ name }) => env[name] === undefined);
  found.push(...unset.map(({ name, location }) => diagnose("cli/env-unset", { name }, location)));
  const values: Readonly<Record<ArgumentOption, string | undefined>> = {
    builder: flags.builder,
    runImage: flags.runImage,
    platformApi: flags.platformApi,
    processType: flags.processType ?? flags.defaultProcess,
    previousImage: flags.previousImage,
    cacheId: flags.cacheId,
    cacheScope: flags.cacheScope,
    secrets: secrets.map(({ name }) => name).join(","),
    bindings: bindings.map(bindingText).join(";"),
    volumes: volumeItems(volumes).join(";"),
    ssh: ssh?.name,
    execEnv: flags.execEnv,
    runImageMirror: flags.runImageMirror,
    buildpacks: flags.buildpack?.join(","),
    preBuildpacks: flags.preBuildpack?.join(","),
    postBuildpacks: flags.postBuildpack?.join(","),
    buildpackRegistry: flags.buildpackRegistry,
    withoutSystemBuildpacks: flags.disableSystemBuildpacks === true ? "true" : undefined,
    caCertificate: flags.caCert === true ? "true" : undefined,
    keepGitDirectory: flags.keepGitDir === true ? "true" : undefined,
    keepModes: flags.keepModes === true ? "true" : undefined,
    workspaceMode: flags.workspaceMode,
    syftImage: flags.syftImage,
    grypeImage: flags.grypeImage,
    vulnerabilityDatabase: flags.vulnerabilityDb,
    maxDatabaseAge: flags.vulnerabilityDbMaxAge,
    scanConfig: flags.scanConfig,
    sbomFormat: flags.sbomFormat,
    failOn: flags.failOn,
    source: undefined,
    sourceDirectory: undefined,
    sourcePlace: undefined,
    replacedImage: undefined,
    sbomAttestations: flags.sbomAttestations === false || flags.sbom === "false" ? "false" : undefined,
  };
  const given = dockerArguments(flags.buildArg ?? [], env);
  const isPlaceGiven = [sourceArgument, directoryArgument, placeArgument].some((name) => given.has(name));
  const place = isPlaceGiven ? [] : placeArguments(source);
  const scope = readCacheScope(flags, given, env);
  for (const [argument, option] of Object.entries(argumentOptions)) {
    const value = values[option];
    if (value === undefined || value === "") continue;
    if (given.has(argument)) {
      found.push(diagnose("cli/said-twice", { name: argument, other: "a flag" }, { file: "--build-arg" }));
    }
    result.set(argument, value);
  }
  if (found.length > 0) throw new CompileError(found);
  return {
    buildArguments: new Map([
      ...result,
      ...place,
      ...(scope === undefined ? [] : [[cacheScopeArgument, scope.text] as const]),
      ...given,
    ]),
    secrets: [...valueless.map(({ name }) => `id=${name},env=${name}`), ...volumeSecrets(flags, border)],
    contexts,
  };
}

const sourceArgument = "CNB_DOCKERFILE_SOURCE";
const directoryArgument = "CNB_DOCKERFILE_SOURCE_DIRECTORY";

const placeArgument = "CNB_DOCKERFILE_SOURCE_PLACE";

/**
 * Where the app comes from, for the id of its cache: of git, buildx would say it, and would start git for that. Of what is
 * in no repository, its place, with which an id counts that the project chose itself.
 */
function placeArguments({ git, place }: Pick<Source, "git" | "place">): [string, string][] {
  if (git === undefined) return [[placeArgument, place ?? "unknown"]];
  const { remote, subdirectory } = git;
  return [
    [sourceArgument, remote],
    ...(subdirectory === "" ? [] : [[directoryArgument, subdirectory] as [string, string]]),
  ];
}

function declarations(
  { secret = [], ssh = [], binding = [], volume = [] }: BuildFlags,
  valueless: Parameters<typeof readDeclarations>[1],
  listener: VolumeListener,
  border: Border,
): ReturnType<typeof readDeclarations> {
  const [agent, ...others] = ssh;
  if (others.length > 0) listener.found.push(diagnose("cli/several-agents", {}, { file: "--ssh" }));
  const name = agent?.split("=", 1)[0];
  const offered = secret
    .map(secretId)
    .filter((id) => isVariable(id) && !valueless.some(({ name }) => name === id));
  return readDeclarations(
    { secret: offered, binding, volume, ...(name === undefined ? {} : { ssh: name }) },
    valueless,
    listener,
    border,
  );
}

/** Whether an offered secret is a variable for the buildpacks: not a binding's key, the CA, or one that BuildKit reads. */
function isVariable(id: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(id) && !isBuildkitSecret(id);
}

/** The contents of a volume's bindings, each as a secret of its own. */
function volumeSecrets({ volume = [] }: BuildFlags, border: Border): string[] {
  return volume
    .flatMap((text) => readVolume(text, { found: [], report: () => {} }, border))
    .flatMap(({ binding: { name }, files }) =>
      Array.from(files, ([key, src]) => formatAttributes({ id: `${name}.${key}`, src })),
    );
}

/** The directories of volumes by the names that the frontend counts them with. Faults are added to `found`. */
function volumeContexts({ volume = [] }: BuildFlags, found: Diagnostic[], border: Border): NamedContext[] {
  const directories = handedVolumes(volume).flatMap(({ text, directory }) =>
    directory === undefined ? [] : [{ text, directory }],
  );
  return directories.map(({ text, directory }, index) => {
    requireInside("--volume", directory, border);
    const reason = directoryFault(directory);
    if (reason !== undefined) found.push(diagnose("cli/bad-volume", { text, reason }, { file: "--volume" }));
    return { name: `volume-${index + 1}`, value: resolve(plainPath(directory)) };
  });
}

function directoryFault(directory: string): string | undefined {
  try {
    return statSync(directory).isDirectory() ? undefined : `${directory} is no directory`;
  } catch (error) {
    return systemReason(error);
  }
}

/** `NAME=VALUE`; a name alone has the value that it has here, and is left out where it has none, as docker does. */
export function dockerArguments(texts: readonly string[], env: NodeJS.ProcessEnv): Map<string, string> {
  const pairs = texts.flatMap((text): [string, string][] => {
    const [name = ""] = text.split("=", 1);
    if (name !== text) return [[name, text.slice(name.length + 1)]];
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return new Map(pairs);
}

function bindingText({ name, type, keys }: DeclaredBinding): string {
  return `${name}=${type}:${keys.join(",")}`;
}
