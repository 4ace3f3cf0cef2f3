import { statSync } from "node:fs";
import { resolve } from "node:path";
import { secretId } from "../../build/handed/offered-secrets.ts";
import type { Source } from "../../build/source/source.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import type { NamedContext } from "../../engines/build-request.ts";
import { formatAttributes } from "../../engines/outputs/build-output.ts";
import { type Border, requireInside } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import {
  type ArgumentOption,
  argumentNames,
  argumentRows,
  argumentText,
  readArgumentTexts,
  readBuildArgument,
} from "../../options/build-arguments.ts";
import { type OptionPlace, type OptionTexts, readCompiledOptions } from "../../options/compiled-options.ts";
import type { DeclaredBinding, DeclaredSecret } from "../../options/declarations.ts";
import { cacheScopeArgument } from "../../options/step-variables.ts";
import { flagOf } from "../../options/table.ts";
import { formatHandedUris, type HandedUris } from "../../options/values/handed-uris.ts";
import { volumeItems } from "../../options/values/volumes.ts";
import { isBuildkitSecret } from "../../plan/platform/buildkit-secret.ts";
import type { BuildFlags } from "../flags.ts";
import { readEnv, readVolumes } from "../project/options.ts";
import { readVolume } from "../project/volume.ts";
import { handedVolumes } from "../project/volume-form.ts";
import { saidByFlags } from "../table-flags.ts";
import { readCacheScope } from "./cache-scope.ts";

/** What a build is told of a project beside its file. */
interface ProjectArguments {
  /** Build arguments of our frontend, by name. */
  readonly buildArguments: ReadonlyMap<string, string>;
  /** Secrets to offer beside those of `--secret`, in its syntax. */
  readonly secrets: readonly string[];
  /** Directories to hand over. */
  readonly contexts: readonly NamedContext[];
}

/** What a project's flags are read beside. */
interface ProjectSurroundings {
  readonly source: Pick<Source, "git" | "place">;
  readonly env: NodeJS.ProcessEnv;
  readonly border: Border;
  /** Uris of the descriptor whose buildpacks are handed over; absent: none. */
  readonly handedUris?: HandedUris | undefined;
  readonly report: Report;
}

/**
 * The flags of a project as build arguments of our frontend, and where it comes from. What `--secret` and `--ssh` offer is
 * declared as well, since a frontend cannot see what its client offers. Throws CompileError with every flag that is wrong.
 */
export function projectArguments(
  flags: BuildFlags,
  { source, env, border, handedUris, report }: ProjectSurroundings,
): ProjectArguments {
  const found: Diagnostic[] = [];
  const { buildEnv, valueless } = readEnv({ ...flags, buildArg: [] }, found, border);
  const { handed, bindings } = readVolumes(flags, { found, report }, border);
  const said = {
    ...(saidByFlags(flags, "build") as OptionTexts),
    secrets: [...valueless.map(({ name }) => name), ...offeredVariables(flags, valueless)],
    volumes: volumeItems(handed.map(({ volume }) => volume)),
    ssh: agentName(flags, found),
  };
  const placeOf: OptionPlace = (name, index) => {
    if (name === "secrets") return valueless[index]?.location ?? { file: "--secret" };
    return { file: flagOf(name) };
  };
  const compiled = readCompiledOptions(said, placeOf, found);
  const contexts = volumeContexts(flags, found, border);
  const result = new Map(buildEnv.map(({ name, value }) => [name, value]));
  for (const { name, value } of buildEnv) {
    if (readBuildArgument({ name, value }).kind === "variable") continue;
    found.push(diagnose("cli/env-of-build", { name }, { file: "--env" }));
  }
  const unset = valueless.filter(({ name }) => env[name] === undefined);
  found.push(...unset.map(({ name, location }) => diagnose("cli/env-unset", { name }, location)));
  const values: ArgumentValues = {
    ...said,
    secrets: compiled.secrets.map(({ name }) => name),
    bindings: [...compiled.bindings, ...bindings].map(bindingText),
    ...(flags.sbom === "false" ? { sbomAttestations: false } : {}),
    ...(handedUris === undefined ? {} : { handedUris: formatHandedUris(handedUris) }),
  };
  const given = givenArguments(flags, env, found);
  const isPlaceGiven = placeOptions.some((option) => given.has(argumentNames[option]));
  const place = isPlaceGiven ? [] : placeArguments(source);
  const scope = readCacheScope(flags, given, env);
  for (const row of argumentRows) {
    const { argument } = row;
    const value = argumentText(row, values[row.name]);
    if (value === undefined) continue;
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

/** What a build says of options, by their names. */
type ArgumentValues = Partial<
  Readonly<Record<ArgumentOption, string | readonly string[] | boolean | undefined>>
>;

/** Options that say where the app comes from. */
const placeOptions = ["source", "sourceDirectory", "sourcePlace"] as const satisfies ArgumentOption[];

/**
 * Where the app comes from, for the id of its cache: of git, buildx would say it, and would start git for that. Of what is
 * in no repository, its place, with which an id counts that the project chose itself.
 */
function placeArguments({ git, place }: Pick<Source, "git" | "place">): [string, string][] {
  if (git === undefined) return [[argumentNames.sourcePlace, place ?? "unknown"]];
  const { remote, subdirectory } = git;
  return [
    [argumentNames.source, remote],
    ...(subdirectory === "" ? [] : [[argumentNames.sourceDirectory, subdirectory] as [string, string]]),
  ];
}

/** Build arguments as they were given, without those of ours that are empty: they say nothing. Wrong ones are added to `found`. */
function givenArguments(
  { buildArg = [] }: BuildFlags,
  env: NodeJS.ProcessEnv,
  found: Diagnostic[],
): Map<string, string> {
  const given = dockerArguments(buildArg, env);
  const texts = readArgumentTexts(Object.fromEntries(given), found);
  const location: OptionPlace = (name) => ({ file: `--build-arg ${argumentNames[name]}` });
  readCompiledOptions(texts, location, found);
  const empty = argumentRows.filter(({ name, argument }) => given.get(argument) === "" && !(name in texts));
  for (const { argument } of empty) given.delete(argument);
  return given;
}

/** The id of the agent that the buildpacks may use. Undefined: none is offered. */
function agentName({ ssh = [] }: BuildFlags, found: Diagnostic[]): string | undefined {
  const [agent, ...others] = ssh;
  if (others.length > 0) found.push(diagnose("cli/several-agents", {}, { file: "--ssh" }));
  return agent?.split("=", 1)[0];
}

/** Ids of offered secrets that are variables for the buildpacks, and are not said as such already. */
function offeredVariables({ secret = [] }: BuildFlags, valueless: readonly DeclaredSecret[]): string[] {
  return secret.map(secretId).filter((id) => isVariable(id) && !valueless.some(({ name }) => name === id));
}

/** Whether an offered secret is a variable for the buildpacks: not a binding's key, the CA, or one that BuildKit reads. */
export function isVariable(id: string): boolean {
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
    return statSync(directory).isDirectory() ? undefined : `${directory} is not a directory`;
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
