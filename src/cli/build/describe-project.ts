import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { FoundSource, ProjectValues } from "../../build/build-ports.ts";
import type { WhatToBuild } from "../../build/file/what-to-build.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type Report } from "../../diagnostics/diagnostic.ts";
import { type Border, requireInside } from "../../files/border.ts";
import { plainPath } from "../../files/follow-links.ts";
import { type ArgumentTexts, argumentRows, argumentText } from "../../options/build-arguments.ts";
import { type OptionTexts, readCompiledOptions } from "../../options/compiled-options.ts";
import { cacheScopeArgument, failOnArgument } from "../../options/step-variables.ts";
import { flagOf, optionsAt } from "../../options/table.ts";
import { cacheNamespaceArgument, databaseContext, scanConfigContext } from "../../stages/paths.ts";
import type { BuildFlags } from "../flags.ts";
import { givenFlag, saidByFlags } from "../table-flags.ts";
import { readCacheScope } from "./cache-scope.ts";
import { type HandedBuildpacks, handBuildpacks } from "./hand-buildpacks.ts";
import { dockerArguments, projectArguments } from "./project-arguments.ts";
import { scanSettingsDirectory } from "./scan-settings.ts";

/**
 * What flags say of the project, or of the Dockerfile, that a build has found: build arguments, secrets, and directories of
 * this machine. Throws CompileError.
 */
export async function describeProject(
  flags: BuildFlags,
  { source, border, what, work }: FoundSource,
  env: NodeJS.ProcessEnv,
  report: Report,
): Promise<ProjectValues> {
  const project = {
    ...{ directory: source.directory, border },
    descriptor: { file: what.shown, text: what.text },
  };
  const isProject = what.kind === "project";
  const buildpacks: HandedBuildpacks = isProject
    ? await handBuildpacks(flags, { project, env, work })
    : { flags, contexts: [] };
  if (!isProject) refuseProjectFlags(flags, what);
  const database = databaseDirectory(flags, border);
  const settings = scanSettingsDirectory(flags, project, work);
  const { vulnerabilityDb, scanConfig: _, ...others } = buildpacks.flags;
  const said = {
    ...others,
    ...(database === undefined && vulnerabilityDb !== undefined ? { vulnerabilityDb } : {}),
  };
  const values: ProjectValues = isProject
    ? projectArguments(said, { source, env, border, handedUris: buildpacks.handedUris, report })
    : { buildArguments: fileArguments(said, what, env), secrets: [], contexts: [] };
  return {
    ...values,
    contexts: [
      ...values.contexts,
      ...buildpacks.contexts,
      ...(database === undefined ? [] : [{ name: databaseContext, value: database }]),
      ...(settings === undefined ? [] : [{ name: scanConfigContext, value: settings }]),
    ],
  };
}

/** Build arguments of a Dockerfile. */
function fileArguments(
  flags: BuildFlags,
  { kind }: WhatToBuild,
  env: NodeJS.ProcessEnv,
): ReadonlyMap<string, string> {
  return new Map([
    ...scopeArguments(flags, kind, env),
    ...dockerArguments(flags.buildArg ?? [], env),
    ...(kind === "generated" ? inspectionArguments(flags) : []),
  ]);
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
function scopeArguments(
  flags: BuildFlags,
  kind: WhatToBuild["kind"],
  env: NodeJS.ProcessEnv,
): [string, string][] {
  const given = dockerArguments(flags.buildArg ?? [], env);
  const scope = readCacheScope(flags, given, env);
  if (scope === undefined) return [];
  if (flags.cacheScope !== undefined && given.has(cacheScopeArgument)) {
    const values = { name: cacheScopeArgument, other: "--cache-scope" };
    throw new CompileError([diagnose("cli/said-twice", values, { file: "--build-arg" })]);
  }
  return [kind === "generated" ? [cacheScopeArgument, scope.text] : [cacheNamespaceArgument, scope.own]];
}

/** A Dockerfile says for itself what these flags would. */
function refuseProjectFlags(flags: BuildFlags, { kind, file: { name: file } }: WhatToBuild): void {
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
