import { randomUUID } from "node:crypto";
import { Option } from "commander";
import { type Border, borderOf } from "../files/border.ts";
import { LeadsOutside } from "../files/read-inside.ts";
import { leadsOutside, readText } from "../files/text-file.ts";
import {
  CompileError,
  type CompileOptions,
  checkEnvVariable,
  type Declarations,
  type DeclaredSecret,
  type DeclaredVolume,
  type Diagnostic,
  declarationFaults,
  diagnose,
  type EnvVariable,
  type Platform,
  parseBinding,
  parsePlatform,
  parseReference,
  type Report,
  readSupplyChainOptions,
  readWorkspaceMode,
  type SourceLocation,
  type SupplyChainOptions,
  systemReason,
  type ToolChoice,
  version,
  volumeFaults,
} from "../index.ts";
import { handedDirectory, type LocatedBuildpacks, recordedLocator } from "./local-buildpacks.ts";
import { answeredPackFlags } from "./pack-flags.ts";
import { packageFile } from "./package-file.ts";
import type { Project } from "./project.ts";
import { readVolume, type VolumeListener } from "./volume.ts";
import { handedVolumes } from "./volume-form.ts";

/** Flags that decide what a project becomes, whoever builds it. */
export interface ProjectFlags {
  readonly descriptor?: string;
  readonly root?: string;
  readonly builder?: string;
  readonly runImage?: string;
  readonly platform?: readonly string[];
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  /** Put into the others before they are read. */
  readonly buildArg?: readonly string[];
  readonly processType?: string;
  readonly defaultProcess?: string;
  readonly runImageMirror?: string;
  readonly buildpack?: readonly string[];
  readonly preBuildpack?: readonly string[];
  readonly postBuildpack?: readonly string[];
  readonly buildpackRegistry?: string;
  readonly disableSystemBuildpacks?: boolean;
  readonly binding?: readonly string[];
  readonly volume?: readonly string[];
  readonly caCert?: boolean;
  readonly execEnv?: string;
  readonly platformApi?: string;
  readonly cacheId?: string;
  readonly cacheScope?: string;
  readonly image?: string;
  readonly keepGitDir?: boolean;
  readonly keepModes?: boolean;
  readonly workspaceMode?: string;
  readonly syftImage?: string;
  readonly grypeImage?: string;
  readonly vulnerabilityDb?: string;
  readonly vulnerabilityDbMaxAge?: string;
  readonly scanConfig?: string;
  readonly sbomFormat?: string;
  readonly failOn?: string;
}

/** Flags of `generate` that decide what is made; the rest only says where it goes. */
export interface GenerateFlags extends ProjectFlags, LocatedBuildpacks {
  readonly secret?: readonly string[];
  readonly ssh?: string;
  readonly nodeImage?: string;
  readonly syntax?: string;
  readonly selfContained?: boolean;
}

/** Our image of this version; `--image`, `CNB_DOCKERFILE_IMAGE`. */
export const toolImage = `ghcr.io/cnb-dockerfile/cnb-dockerfile:${version}`;
/** Stock image for `--self-contained`; `--node-image`, `CNB_DOCKERFILE_NODE_IMAGE`. */
export const nodeImage = "docker.io/library/node:24-bookworm-slim";
/** Bundle of the export program, in the package. */
const exportProgramFile = "dist/export.mjs";

/**
 * Turns flags into options. Reads env files, and the export program where it is to stand in the file.
 * In: the cache id that an earlier file of this project has; it serves where nothing else tells the app from others.
 * Throws CompileError with every flag that is wrong.
 */
export function readOptions(
  flags: GenerateFlags,
  project: Project,
  earlierCacheId: string | undefined,
  report: Report,
): CompileOptions {
  const found: Diagnostic[] = [];
  const platforms = flags.platform === undefined ? undefined : readPlatforms(flags.platform, found);
  refusePackFlags(flags, found);
  const { buildEnv, valueless } = readEnv(flags, found, project.border);
  const declared = readDeclarations(flags, valueless, { found, report }, project.border);
  const { cacheId, cacheScope, execEnv } = flags;
  const processType = flags.processType ?? flags.defaultProcess;
  if (execEnv !== undefined && !/^[A-Za-z0-9._-]+$/.test(execEnv)) {
    found.push(diagnose("cli/bad-exec-env", { text: execEnv }, { file: "--exec-env" }));
  }
  if (processType !== undefined && !/^[A-Za-z0-9._-]+$/.test(processType)) {
    found.push(diagnose("cli/bad-process-type", { text: processType }, { file: "--process-type" }));
  }
  const workspaceMode = flags.workspaceMode && readWorkspaceMode(flags.workspaceMode);
  if (flags.workspaceMode !== undefined && !workspaceMode) {
    const values = { text: flags.workspaceMode };
    found.push(diagnose("plan/bad-workspace-mode", values, { file: "--workspace-mode" }));
  }
  const syntax = flags.syntax === "none" ? undefined : flags.syntax;
  if (syntax !== undefined) checkReference(syntax, "--syntax", found);
  const tool = chooseTool(flags, found);
  const { vulnerabilityDb: vulnerabilityDatabase, vulnerabilityDbMaxAge: maxDatabaseAge } = flags;
  const supplyChain = readSupplyChainOptions(
    { ...flags, vulnerabilityDatabase, maxDatabaseAge },
    (option) => ({ file: supplyChainFlags[option] }),
    found,
  );
  if (found.length > 0) throw new CompileError(found);
  return {
    ...(flags.builder === undefined ? {} : { builder: flags.builder }),
    ...(flags.runImage === undefined ? {} : { runImage: flags.runImage }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(flags.runImageMirror === undefined ? {} : { runImageMirror: flags.runImageMirror }),
    buildpacks: flags.buildpack ?? [],
    preBuildpacks: flags.preBuildpack ?? [],
    postBuildpacks: flags.postBuildpack ?? [],
    ...(flags.localBuildpacks === undefined
      ? {}
      : { handedBuildpacks: flags.localBuildpacks.map(handedDirectory) }),
    withoutSystemBuildpacks: flags.disableSystemBuildpacks ?? false,
    buildEnv,
    ...declared,
    caCertificate: flags.caCert ?? false,
    ...(execEnv === undefined ? {} : { execEnv }),
    ...(processType === undefined ? {} : { processType }),
    ...(flags.platformApi === undefined ? {} : { platformApi: flags.platformApi }),
    ...(project.descriptorPath === undefined ? {} : { descriptorPath: project.descriptorPath }),
    keepGitDirectory: flags.keepGitDir ?? false,
    ...(flags.keepModes === undefined ? {} : { keepModes: flags.keepModes }),
    ...(workspaceMode ? { workspaceMode } : {}),
    ...(cacheId === undefined ? {} : { cacheId }),
    ...(cacheScope === undefined ? {} : { cacheScope }),
    fallbackCacheId: earlierCacheId ?? `app-${randomUUID()}`,
    ...supplyChain,
    tool,
    ...(syntax === undefined ? {} : { syntax }),
    recorded: recordedArguments(flags, project, buildEnv, declared, tool),
    version,
  };
}

export const supplyChainFlags: Readonly<Record<keyof SupplyChainOptions, string>> = {
  syftImage: "--syft-image",
  grypeImage: "--grype-image",
  vulnerabilityDatabase: "--vulnerability-db",
  maxDatabaseAge: "--vulnerability-db-max-age",
  scanConfig: "--scan-config",
  sbomFormat: "--sbom-format",
  failOn: "--fail-on",
};

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

/** Every flag of pack's that has no meaning here is answered with what has. */
function refusePackFlags(flags: GenerateFlags, found: Diagnostic[]): void {
  for (const { flags: text, instead } of answeredPackFlags) {
    const flag = givenFlag(flags, text);
    if (flag !== undefined) found.push(diagnose("cli/pack-flag", { flag, instead }, { file: flag }));
  }
}

/** The long name of a flag that was given. In: it as commander wants it. Undefined: it was not. */
export function givenFlag(flags: object, text: string): string | undefined {
  const option = new Option(text);
  // `--no-color` is the flag `color`, switched off.
  const value = (flags as Readonly<Record<string, unknown>>)[option.attributeName()];
  if (value === undefined || (option.negate && value === true)) return undefined;
  // `--no-cache` of one tool is no `--cache VALUE` of another.
  if (option.required && typeof value === "boolean") return undefined;
  return option.long ?? text;
}

/** In: names alone among the variables, which are secrets. Faults are added to `found`. */
export function readDeclarations(
  {
    secret = [],
    binding = [],
    volume = [],
    ssh,
  }: Pick<GenerateFlags, "secret" | "binding" | "volume" | "ssh">,
  valueless: readonly DeclaredSecret[],
  { found, report }: VolumeListener,
  border: Border,
): Declarations & { readonly volumes: readonly DeclaredVolume[] } {
  const secrets = [...valueless, ...secret.map((name) => ({ name, location: { file: "--secret" } }))];
  const bindings = [
    ...binding.flatMap((text) => {
      const read = parseBinding(text);
      if (read !== undefined) return [{ ...read, location: { file: "--binding" } }];
      found.push(diagnose("cli/bad-binding", { text }, { file: "--binding" }));
      return [];
    }),
    ...volume.flatMap((text) => readVolume(text, { found, report }, border).map(({ binding }) => binding)),
  ];
  const declared = {
    ...{ secrets, bindings },
    ...(ssh === undefined ? {} : { ssh: { name: ssh, location: { file: "--ssh" } } }),
  };
  const volumes = handedVolumes(volume).map((handed) => handed.volume);
  found.push(...volumeFaults(volumes));
  for (const { values, location } of declarationFaults(declared)) {
    found.push(diagnose("descriptor/declared-name", values, location));
  }
  return { ...declared, volumes };
}

/** Files before flags, later ones over earlier ones; as pack has it. A name alone is a secret of that name. */
export function readEnv(
  { env = [], envFile = [], buildArg = [] }: ProjectFlags,
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

/** The flags, with what variables of this machine say where no flag does: images, and the scope of the cache. */
export function withVariables<Flags extends GenerateFlags>(flags: Flags, env: NodeJS.ProcessEnv): Flags {
  const image = flags.image ?? (env.CNB_DOCKERFILE_IMAGE || undefined);
  const node = flags.nodeImage ?? (env.CNB_DOCKERFILE_NODE_IMAGE || undefined);
  const cacheScope = flags.cacheScope ?? (env.CNB_CACHE_SCOPE || undefined);
  return {
    ...flags,
    ...(image === undefined ? {} : { image }),
    ...(node === undefined ? {} : { nodeImage: node }),
    ...(cacheScope === undefined ? {} : { cacheScope }),
  };
}

function chooseTool(flags: GenerateFlags, found: Diagnostic[]): ToolChoice {
  if (flags.selfContained === true) {
    const reference = flags.nodeImage ?? nodeImage;
    checkReference(reference, "--node-image", found);
    return { kind: "inline", reference, program: packageFile(exportProgramFile) };
  }
  const reference = flags.image ?? toolImage;
  checkReference(reference, "--image", found);
  return { kind: "image", reference };
}

function checkReference(text: string, flag: string, found: Diagnostic[]): void {
  if (parseReference(text) === undefined)
    found.push(diagnose("plan/bad-reference", { text }, { file: flag }));
}

/**
 * The arguments that make the same file again in any clone: what came from files and variables of this machine is
 * written out, what is the default is left out.
 */
function recordedArguments(
  flags: GenerateFlags,
  { descriptor }: Project,
  buildEnv: readonly EnvVariable[],
  { secrets, bindings, ssh }: Declarations,
  tool: ToolChoice,
): string[] {
  const given = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`--${name}=${value}`];
  const file = flags.descriptor === undefined ? undefined : descriptor?.file;
  const defaultTool = tool.kind === "image" ? toolImage : nodeImage;
  return [
    ...given("descriptor", file),
    ...given("builder", flags.builder),
    ...given("run-image", flags.runImage),
    ...given("platform", flags.platform?.join(",")),
    ...buildEnv.map(({ name, value }) => `--env=${name}=${value}`),
    ...secrets.map(({ name }) => `--secret=${name}`),
    ...bindings.map(({ name, type, keys }) => `--binding=${name}=${type}:${keys.join(",")}`),
    ...handedVolumes(flags.volume ?? []).map(({ text }) => `--volume=${text}`),
    ...given("ssh", ssh?.name),
    ...(flags.caCert === true ? ["--ca-cert"] : []),
    ...(flags.buildpack ?? []).map((text) => `--buildpack=${recordedLocator(text, flags)}`),
    ...(flags.preBuildpack ?? []).map((text) => `--pre-buildpack=${recordedLocator(text, flags)}`),
    ...(flags.postBuildpack ?? []).map((text) => `--post-buildpack=${recordedLocator(text, flags)}`),
    ...given("buildpack-registry", flags.buildpackRegistry),
    ...(flags.disableSystemBuildpacks === true ? ["--disable-system-buildpacks"] : []),
    ...given("exec-env", flags.execEnv),
    ...given("syft-image", flags.syftImage),
    ...given("grype-image", flags.grypeImage),
    ...given("vulnerability-db", flags.vulnerabilityDb),
    ...given("vulnerability-db-max-age", flags.vulnerabilityDbMaxAge),
    ...given("scan-config", flags.scanConfig),
    ...given("sbom-format", flags.sbomFormat),
    ...given("fail-on", flags.failOn),
    ...given("run-image-mirror", flags.runImageMirror),
    ...given("process-type", flags.processType ?? flags.defaultProcess),
    ...given("platform-api", flags.platformApi),
    ...given("cache-id", flags.cacheId),
    ...given("cache-scope", flags.cacheScope),
    ...(flags.selfContained === true ? ["--self-contained"] : []),
    ...(tool.reference === defaultTool
      ? []
      : given(tool.kind === "image" ? "image" : "node-image", tool.reference)),
    ...given("syntax", flags.syntax === "none" ? undefined : flags.syntax),
    ...(flags.keepGitDir === true ? ["--keep-git-dir"] : []),
    ...(flags.keepModes === true ? ["--keep-modes"] : []),
    ...given("workspace-mode", flags.workspaceMode),
  ];
}
