import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import type { FoundModule, LocalModule } from "../modules/module-source.ts";
import { maxTomlBytes } from "./content.ts";
import { moduleInArchive } from "./found-module.ts";

/** A path of the project: where it is, and how messages name it. */
interface Place {
  readonly file: string;
  readonly shown: string;
}

/**
 * A module in the project's directory. In: a path below it, with `/`; empty: the directory itself.
 * Out: undefined where there is nothing. Throws CompileError where it cannot be read, or leads out of the project.
 */
export async function localModule(directory: string, path: string): Promise<LocalModule | undefined> {
  const place = { file: join(directory, path), shown: path === "" ? "." : path };
  const stats = orExplain(place, () => statSync(place.file));
  if (stats === undefined) {
    refuseLinkOutside(place, directory);
    return undefined;
  }
  refuseOutside(place, directory);
  if (stats.isDirectory()) return { form: "directory", module: moduleInDirectory(place) };
  if (!stats.isFile()) {
    const reason = "it is neither a directory nor a file";
    return { form: "archive", module: { kind: "unusable", reason } };
  }
  try {
    const file = await open(place.file, "r");
    try {
      return { form: "archive", module: await moduleInArchive(file) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(place, error);
  }
}

function moduleInDirectory(place: Place): FoundModule {
  const buildpackToml = textIn(place, "buildpack.toml");
  if (buildpackToml === undefined) {
    const isExtension = textIn(place, "extension.toml") !== undefined;
    const reason = isExtension
      ? "it is an image extension, and those are not supported"
      : "it has no buildpack.toml";
    return { kind: "unusable", reason };
  }
  const packageToml = textIn(place, "package.toml");
  return { kind: "buildpack", buildpackToml, ...(packageToml === undefined ? {} : { packageToml }) };
}

/** Text of a file of a module. A link may lead to another file of the module: alone it is what the build will have. */
function textIn(module: Place, name: string): string | undefined {
  const place = { file: join(module.file, name), shown: `${module.shown}/${name}` };
  return orExplain(place, () => {
    const stats = statSync(place.file);
    if (!stats.isFile()) throw unreadable(place, "it is no file");
    refuseOutside(place, module.file);
    if (stats.size > maxTomlBytes) {
      const values = { path: place.shown, sizeBytes: stats.size, limitBytes: maxTomlBytes };
      throw new CompileError([diagnose("modules/too-large", values, { file: place.shown })]);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(place.file));
  });
}

/** A link that leads out leads nowhere in the build. */
function refuseOutside({ file, shown }: Place, directory: string): void {
  refuseTarget(shown, realpathSync(file), realpathSync(directory));
}

/** The same for a link at the end of which nothing is: in a build, what is outside of the project is not there. */
function refuseLinkOutside(place: Place, directory: string): void {
  const { file, shown } = place;
  const stats = orExplain(place, () => lstatSync(file));
  if (stats?.isSymbolicLink() !== true) return;
  refuseTarget(shown, resolve(realpathSync(dirname(file)), readlinkSync(file)), realpathSync(directory));
}

function refuseTarget(shown: string, target: string, directory: string): void {
  const below = relative(directory, target);
  if (below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below)) return;
  throw new CompileError([diagnose("modules/link-outside", { path: shown, target }, { file: shown })]);
}

/** Undefined: there is nothing of that name. */
function orExplain<Result>(place: Place, action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw explain(place, error);
  }
}

/** What node says of a file has a code; all else is ours. */
function explain(place: Place, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  return unreadable(place, systemReason(error), error);
}

function unreadable({ shown }: Place, reason: string, cause?: unknown): CompileError {
  return new CompileError([diagnose("modules/unreadable", { path: shown, reason }, { file: shown })], {
    cause,
  });
}
