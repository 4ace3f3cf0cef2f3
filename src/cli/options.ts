import { randomUUID } from "node:crypto";
import {
  CompileError,
  type CompileOptions,
  checkEnvVariable,
  type Diagnostic,
  diagnose,
  type EnvVariable,
  type Platform,
  parsePlatform,
  parseReference,
  type SourceLocation,
  type ToolChoice,
  version,
} from "../index.ts";
import { packageFile } from "./package-file.ts";
import type { Project } from "./project.ts";
import { readText, systemReason } from "./text-file.ts";

/** Options of `generate` that decide what is made; the rest only says where it goes. */
export interface GenerateFlags {
  readonly descriptor?: string;
  readonly builder?: string;
  readonly runImage?: string;
  readonly platform?: readonly string[];
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly processType?: string;
  readonly platformApi?: string;
  readonly cacheId?: string;
  readonly image?: string;
  readonly nodeImage?: string;
  readonly syntax?: string;
  readonly selfContained?: boolean;
  readonly keepGitDir?: boolean;
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
): CompileOptions {
  const found: Diagnostic[] = [];
  const platforms = flags.platform === undefined ? undefined : readPlatforms(flags.platform, found);
  const buildEnv = readEnv(flags, found);
  const { processType, cacheId } = flags;
  if (processType !== undefined && !/^[A-Za-z0-9._-]+$/.test(processType)) {
    found.push(diagnose("cli/bad-process-type", { text: processType }, { file: "--process-type" }));
  }
  const syntax = flags.syntax === "none" ? undefined : flags.syntax;
  if (syntax !== undefined) checkReference(syntax, "--syntax", found);
  const tool = chooseTool(flags, found);
  if (found.length > 0) throw new CompileError(found);
  return {
    ...(flags.builder === undefined ? {} : { builder: flags.builder }),
    ...(flags.runImage === undefined ? {} : { runImage: flags.runImage }),
    ...(platforms === undefined ? {} : { platforms }),
    buildEnv,
    ...(processType === undefined ? {} : { processType }),
    ...(flags.platformApi === undefined ? {} : { platformApi: flags.platformApi }),
    ...(project.descriptorPath === undefined ? {} : { descriptorPath: project.descriptorPath }),
    keepGitDirectory: flags.keepGitDir ?? false,
    ...(cacheId === undefined ? {} : { cacheId }),
    fallbackCacheId: earlierCacheId ?? `app-${randomUUID()}`,
    tool,
    ...(syntax === undefined ? {} : { syntax }),
    recorded: recordedArguments(flags, project, buildEnv, tool),
    version,
  };
}

function readPlatforms(texts: readonly string[], found: Diagnostic[]): Platform[] {
  const platforms = new Map<string, Platform>();
  for (const text of texts.flatMap((list) => list.split(","))) {
    const platform = parsePlatform(text.trim());
    if (platform === undefined) found.push(diagnose("cli/bad-platform", { text }, { file: "--platform" }));
    else platforms.set(JSON.stringify(platform), platform);
  }
  return [...platforms.values()];
}

/** Files before flags, later ones over earlier ones; as pack has it. */
function readEnv({ env = [], envFile = [] }: GenerateFlags, found: Diagnostic[]): EnvVariable[] {
  const lines: EnvLine[] = [
    ...envFile.flatMap((file) => readEnvFile(file, found)),
    ...env.map((text) => ({ text, location: { file: "--env" } })),
  ];
  return lines.flatMap(({ text, location }) => {
    const at = text.indexOf("=");
    if (at === -1) {
      found.push(diagnose("cli/env-without-value", { name: text }, location));
      return [];
    }
    const variable = { name: text.slice(0, at), value: text.slice(at + 1) };
    found.push(...checkEnvVariable(variable, location));
    return [variable];
  });
}

/** `NAME=VALUE` as it was given, and where. */
interface EnvLine {
  readonly text: string;
  readonly location: SourceLocation;
}

/** `NAME=VALUE` a line, without blanks around it; empty lines and lines that begin with `#` do not count. */
function readEnvFile(file: string, found: Diagnostic[]): EnvLine[] {
  try {
    return readText(file, file)
      .split("\n")
      .map((line, index) => ({ text: line.trim(), location: { file, line: index + 1 } }))
      .filter(({ text }) => text !== "" && !text.startsWith("#"));
  } catch (error) {
    if (error instanceof CompileError) {
      found.push(...error.diagnostics);
      return [];
    }
    found.push(
      diagnose("cli/file-unreadable", { path: file, reason: systemReason(error) }, { file: "--env-file" }),
    );
    return [];
  }
}

/** The flags, with the images that variables of this machine name where no flag does. */
export function withMachineImages<Flags extends GenerateFlags>(flags: Flags, env: NodeJS.ProcessEnv): Flags {
  const image = flags.image ?? (env.CNB_DOCKERFILE_IMAGE || undefined);
  const node = flags.nodeImage ?? (env.CNB_DOCKERFILE_NODE_IMAGE || undefined);
  return {
    ...flags,
    ...(image === undefined ? {} : { image }),
    ...(node === undefined ? {} : { nodeImage: node }),
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
    ...given("process-type", flags.processType),
    ...given("platform-api", flags.platformApi),
    ...given("cache-id", flags.cacheId),
    ...(flags.selfContained === true ? ["--self-contained"] : []),
    ...(tool.reference === defaultTool
      ? []
      : given(tool.kind === "image" ? "image" : "node-image", tool.reference)),
    ...given("syntax", flags.syntax === "none" ? undefined : flags.syntax),
    ...(flags.keepGitDir === true ? ["--keep-git-dir"] : []),
  ];
}
