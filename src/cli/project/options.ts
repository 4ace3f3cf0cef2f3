import { randomUUID } from "node:crypto";
import type { DescriptorText } from "../../descriptor/descriptor.ts";
import { checkEnvVariable } from "../../descriptor/env-name.ts";
import type { EnvVariable } from "../../descriptor/project-descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import {
  CompileError,
  type Diagnostic,
  type Report,
  type SourceLocation,
} from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { type Border, borderOf } from "../../files/border.ts";
import { LeadsOutside } from "../../files/read-inside.ts";
import { leadsOutside, readText } from "../../files/text-file.ts";
import { type Platform, parsePlatform } from "../../image/platform.ts";
import {
  type CompiledOptions,
  type OptionTexts,
  readCompiledOptions,
} from "../../options/compiled-options.ts";
import { type DeclaredBinding, type DeclaredSecret, declarationFaults } from "../../options/declarations.ts";
import { type RecordedTexts, recordedArguments } from "../../options/recorded-arguments.ts";
import { helperImage, nodeImage } from "../../options/table/generated-file.ts";
import { attributeOf, flagOf, optionsAt } from "../../options/table.ts";
import { readImageName } from "../../options/values/readers.ts";
import { volumeItems } from "../../options/values/volumes.ts";
import { packageText } from "../../package/package-place.ts";
import type { CompileOptions, ToolChoice } from "../../plan/options.ts";
import { present } from "../../present.ts";
import { version } from "../../version.ts";
import type { CompilingFlags, ProjectFlags } from "../flags.ts";
import { type Asked, ofCompiling, withDefaults } from "../operator-defaults.ts";
import { flagAnswers, saidByFlags } from "../table-flags.ts";
import { handedDirectory, recordedLocator } from "./local-buildpacks.ts";
import type { Project } from "./project.ts";
import { readVolume, type VolumeListener } from "./volume.ts";
import { handedVolumes } from "./volume-form.ts";

/** Bundle of the export program, in the package. */
const exportProgramFile = "dist/export.mjs";

/**
 * Turns flags into options. Reads env files, and the export program where it is to stand in the file.
 * In: the cache id that an earlier file of this project has; it serves where nothing else tells the app from others.
 * Throws CompileError with every flag that is wrong.
 */
export function readOptions(
  flags: CompilingFlags,
  project: Project,
  earlierCacheId: string | undefined,
  report: Report,
): CompileOptions {
  const found: Diagnostic[] = [];
  const platforms = flags.platform === undefined ? undefined : readPlatforms(flags.platform, found);
  found.push(...flagAnswers(flags, "generate"));
  const { buildEnv, valueless } = readEnv(flags, found, project.border);
  const { handed, bindings } = readVolumes(flags, { found, report }, project.border);
  const said = saidByFlags(flags, "generate") as OptionTexts;
  const compiled = readCompiledOptions(
    {
      ...said,
      secrets: [...valueless.map(({ name }) => name), ...(flags.secret ?? [])],
      volumes: volumeItems(handed.map(({ volume }) => volume)),
    },
    // A name alone stands among the variables.
    (name, index) => (name === "secrets" ? valueless[index]?.location : undefined) ?? { file: flagOf(name) },
    found,
  );
  const all = { ...compiled, bindings: [...compiled.bindings, ...bindings] };
  const syntax = flags.syntax === "none" ? undefined : flags.syntax || undefined;
  if (syntax !== undefined) readImageName(syntax, { file: "--syntax" }, found);
  const tool = chooseTool(flags, found);
  if (found.length > 0) throw new CompileError(found);
  return {
    ...all,
    ...present({ platforms }),
    ...(flags.localBuildpacks === undefined
      ? {}
      : { handedBuildpacks: flags.localBuildpacks.map(handedDirectory) }),
    ...present({ handedUris: flags.handedUris }),
    buildEnv,
    ...present({ descriptorPath: project.descriptorPath }),
    fallbackCacheId: earlierCacheId ?? `app-${randomUUID()}`,
    tool,
    ...present({ syntax }),
    recorded: recordedWords({ flags, project, buildEnv, compiled: all, tool, handed }),
    version,
  };
}

/** `linux/amd64,linux/arm64`, in one text or several; the same one twice counts once. */
export function readPlatforms(texts: readonly string[], found: Diagnostic[]): Platform[] {
  const platforms = new Map<string, Platform>();
  for (const text of texts.flatMap((list) => list.split(","))) {
    const platform = parsePlatform(text.trim());
    if (platform === undefined) found.push(diagnose("cli/bad-platform", { text }, { file: "--platform" }));
    else platforms.set(JSON.stringify(platform), platform);
  }
  return [...platforms.values()];
}

/**
 * What volumes are: those that are handed over, and bindings whose contents are secrets. Faults are added to the listener's.
 */
export function readVolumes(
  { volume = [] }: Pick<ProjectFlags, "volume">,
  { found, report }: VolumeListener,
  border: Border,
): { readonly handed: ReturnType<typeof handedVolumes>; readonly bindings: readonly DeclaredBinding[] } {
  const bindings = volume.flatMap((text) =>
    readVolume(text, { found, report }, border).map(({ binding }) => binding),
  );
  for (const { values, location } of declarationFaults({ secrets: [], bindings })) {
    found.push(diagnose("descriptor/declared-name", values, location));
  }
  return { handed: handedVolumes(volume), bindings };
}

/** Files before flags, later ones over earlier ones; as pack has it. A name alone is a secret of that name. */
export function readEnv(
  { env = [], envFile = [], buildArg = [] }: Pick<ProjectFlags, "env" | "envFile" | "buildArg">,
  found: Diagnostic[],
  border: Border,
): { readonly buildEnv: readonly EnvVariable[]; readonly valueless: readonly DeclaredSecret[] } {
  const lines: EnvLine[] = [
    ...envFile.flatMap((file) => readEnvFile(file, found, border)),
    ...env.map((text) => ({ text, location: { file: buildArg.includes(text) ? "--build-arg" : "--env" } })),
  ];
  const said = new Map<string, EnvVariable | DeclaredSecret>();
  for (const { text, location } of lines) {
    const at = text.indexOf("=");
    const [, exported] = location.line === undefined ? [] : (/^export\s+(.+)$/s.exec(text) ?? []);
    if (exported !== undefined) {
      const [name = ""] = exported.split("=", 1);
      found.push(diagnose("cli/env-file-export", { name }, location));
      continue;
    }
    if (at === -1) {
      said.set(text, { name: text, location });
      continue;
    }
    const variable = { name: text.slice(0, at), value: text.slice(at + 1) };
    found.push(...checkEnvVariable(variable, location));
    said.set(variable.name, variable);
  }
  return {
    buildEnv: [...said.values()].filter((one) => "value" in one),
    valueless: [...said.values()].filter((one) => "location" in one),
  };
}

/** `NAME=VALUE` as it was given, and where. */
interface EnvLine {
  readonly text: string;
  readonly location: SourceLocation;
}

/** `NAME=VALUE` a line, without blanks around it; empty lines and lines that begin with `#` do not count. */
function readEnvFile(file: string, found: Diagnostic[], border: Border): EnvLine[] {
  try {
    return readText(file, file, borderOf(file, border))
      .split("\n")
      .map((line, index) => ({ text: line.trim(), location: { file, line: index + 1 } }))
      .filter(({ text }) => text !== "" && !text.startsWith("#"));
  } catch (error) {
    if (error instanceof CompileError) {
      found.push(...error.diagnostics);
      return [];
    }
    if (error instanceof LeadsOutside) {
      found.push(leadsOutside(file, error, "--env-file"));
      return [];
    }
    found.push(
      diagnose("cli/file-unreadable", { path: file, reason: systemReason(error) }, { file: "--env-file" }),
    );
    return [];
  }
}

/** The flags, with what variables of this machine say where no flag does, and what its operator says where no variable does. */
export function withVariables<Flags extends object>(
  { flags, defaults }: Asked<Flags>,
  env: NodeJS.ProcessEnv,
  descriptor: DescriptorText | undefined,
): Flags {
  const given = flags as Readonly<Record<string, unknown>>;
  const more = optionsAt("generate").flatMap(({ flag, variable, refusesEmpty }) => {
    const value = variable === undefined ? undefined : env[variable] || undefined;
    if (flag === undefined || value === undefined) return [];
    const said = given[attributeOf(flag)];
    if (said !== undefined && (said !== "" || refusesEmpty === true)) return [];
    return [[attributeOf(flag), value] as const];
  });
  const told = { ...flags, ...Object.fromEntries(more) };
  return withDefaults(told, defaults, "generate", ofCompiling(descriptor));
}

function chooseTool(flags: CompilingFlags, found: Diagnostic[]): ToolChoice {
  if (flags.selfContained === true) {
    const reference = flags.nodeImage || nodeImage;
    readImageName(reference, { file: "--node-image" }, found);
    return { kind: "inline", reference, program: packageText(exportProgramFile) };
  }
  const reference = flags.image || helperImage;
  readImageName(reference, { file: "--image" }, found);
  return { kind: "image", reference };
}

interface Recordable {
  readonly flags: CompilingFlags;
  readonly project: Project;
  readonly buildEnv: readonly EnvVariable[];
  readonly compiled: CompiledOptions;
  readonly tool: ToolChoice;
  readonly handed: ReturnType<typeof handedVolumes>;
}

/**
 * The arguments that make the same file again in any clone: what came from files and variables of this machine is
 * written out, what is the default is left out.
 */
function recordedWords({ flags, project, buildEnv, compiled, tool, handed }: Recordable): string[] {
  const { descriptor, platform, syntax, buildpack = [], preBuildpack = [], postBuildpack = [] } = flags;
  const { extension = [] } = flags;
  const defaultTool = tool.kind === "image" ? helperImage : nodeImage;
  return recordedArguments({
    ...(saidByFlags(flags, "generate") as RecordedTexts),
    descriptor: descriptor === undefined ? undefined : project.descriptor?.file,
    platforms: platform?.join(","),
    env: buildEnv.map(({ name, value }) => `${name}=${value}`),
    secrets: compiled.secrets.map(({ name }) => name),
    bindings: compiled.bindings.map(({ name, type, keys }) => `${name}=${type}:${keys.join(",")}`),
    volumes: handed.map(({ text }) => text),
    buildpacks: buildpack.map((text) => recordedLocator(text, flags)),
    preBuildpacks: preBuildpack.map((text) => recordedLocator(text, flags)),
    postBuildpacks: postBuildpack.map((text) => recordedLocator(text, flags)),
    extensions: extension.map((text) => recordedLocator(text, flags)),
    image: undefined,
    nodeImage: undefined,
    ...(tool.reference === defaultTool
      ? {}
      : { [tool.kind === "image" ? "image" : "nodeImage"]: tool.reference }),
    syntax: syntax === "none" ? undefined : syntax,
  });
}
