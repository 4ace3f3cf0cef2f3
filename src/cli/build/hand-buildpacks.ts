import { constants, copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { localModule } from "../../archive/local-module.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { NamedContext } from "../../engines/build-request.ts";
import { contextLocator } from "../../modules/locator.ts";
import { wrongModule } from "../../modules/wrong-module.ts";
import { argumentRows, listItems } from "../../options/build-arguments.ts";
import { attributeOf } from "../../options/table.ts";
import type { HandedUris } from "../../options/values/handed-uris.ts";
import type { BuildFlags } from "../flags.ts";
import {
  type BuildpacksProject,
  buildpackFlags,
  buildpackLists,
  type LocalBuildpack,
  withLocalBuildpacks,
} from "../project/local-buildpacks.ts";
import { dockerArguments } from "./project-arguments.ts";

/** Flags of a build, and what it is handed so that they can be followed. */
export interface HandedBuildpacks {
  readonly flags: BuildFlags;
  readonly contexts: readonly NamedContext[];
  /** Absent: none of the descriptor's is handed over. */
  readonly handedUris?: HandedUris;
}

interface HandRequest {
  readonly project: BuildpacksProject;
  readonly env: NodeJS.ProcessEnv;
  /** Directory for copies. */
  readonly work: string;
}

const execEnvArgument = "CNB_EXEC_ENV";

/** What a copied archive is called, whatever it was: its name can hold what separates locators. */
const archiveName = "archive";

/**
 * Hands over the buildpacks outside of the project that flags name, or build arguments in their place, and those that
 * project.toml names below the root. Each is looked at first, while its path is known. Of an archive, BuildKit gets a copy, and
 * not the directory that it lies in. Throws CompileError for what is no buildpack.
 */
export async function handBuildpacks(
  flags: BuildFlags,
  { project, env, work }: HandRequest,
): Promise<HandedBuildpacks> {
  const taken = (flags.buildContext ?? []).map((text) => text.split("=", 1)[0] ?? "");
  const {
    localBuildpacks = [],
    handedUris,
    ...located
  } = withLocalBuildpacks(withoutListArguments(flags, env), project, {
    taken,
    execEnv: flags.execEnv ?? dockerArguments(flags.buildArg ?? [], env).get(execEnvArgument),
  });
  await requireBuildpacks(localBuildpacks);
  const copied = new Map(
    localBuildpacks
      .filter(({ path }) => path !== "")
      .map(({ context, path }) => [contextLocator(context, path), contextLocator(context, archiveName)]),
  );
  const locator = (text: string) => copied.get(text) ?? text;
  const lists = buildpackLists.flatMap((name) => {
    const texts = located[name]?.map(locator);
    return texts === undefined ? [] : [[name, texts] as const];
  });
  return {
    flags: { ...located, ...Object.fromEntries(lists) },
    ...(handedUris === undefined
      ? {}
      : { handedUris: new Map([...handedUris].map(([uri, text]) => [uri, locator(text)])) }),
    contexts: localBuildpacks.map(({ context, directory, path }) => ({
      name: context,
      value: path === "" ? directory : copyOf(join(directory, path), join(work, context)),
    })),
  };
}

/** The flags with the build arguments that stand for them in their place. One that is given both ways stays, to be refused. */
function withoutListArguments(flags: BuildFlags, env: NodeJS.ProcessEnv): BuildFlags {
  const given = dockerArguments(flags.buildArg ?? [], env);
  let result = flags;
  for (const { argument, flag = "" } of argumentRows) {
    const name = buildpackLists.find((list) => list === attributeOf(flag));
    const value = given.get(argument);
    if (name === undefined || value === undefined || flags[name] !== undefined) continue;
    const buildArg = (result.buildArg ?? []).filter((text) => text.split("=", 1)[0] !== argument);
    result = { ...result, buildArg, [name]: listItems(value, ",") };
  }
  return result;
}

async function requireBuildpacks(local: readonly LocalBuildpack[]): Promise<void> {
  const found: Diagnostic[] = [];
  for (const { directory, path, text, location } of local) {
    try {
      const module = await localModule(directory, path, text);
      const kind = location.file === buildpackFlags.extension ? "extension" : "buildpack";
      const wrong = module && wrongModule(module.module, text, { kind, location });
      if (wrong !== undefined) found.push(wrong);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      found.push(...error.diagnostics);
    }
  }
  if (found.length > 0) throw new CompileError(found);
}

/** Out: the directory of the copy. */
function copyOf(file: string, directory: string): string {
  mkdirSync(directory);
  // Where the file system can share the bytes, it costs nothing.
  copyFileSync(file, join(directory, archiveName), constants.COPYFILE_FICLONE);
  return directory;
}
