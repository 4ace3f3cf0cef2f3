import { join } from "node:path";
import type { ModuleKind } from "../contract/module-kind.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { systemReason } from "../diagnostics/system-reason.ts";
import { followLinks } from "../files/follow-links.ts";
import { FileTooLarge, findInside, LeadsOutside, openInside, readInside } from "../files/read-inside.ts";
import type { FoundModule, LocalModule } from "../modules/module-source.ts";
import { present } from "../present.ts";
import { maxTomlBytes } from "./content.ts";
import { moduleInArchive } from "./found-module.ts";
import { programFault } from "./program-fault.ts";

/** A path of a directory: where it is, and how messages name it. */
interface Place {
  readonly file: string;
  readonly shown: string;
  /** Whether links may not lead out of the buildpack's directory: it is one that is handed over, or a file of it is read. */
  readonly isAlone: boolean;
}

/**
 * A module in the project's directory. In: a path below it, with `/`; empty: the directory itself. Or in another directory,
 * and what messages call the module. Out: undefined where there is nothing. Throws CompileError where it cannot be read, or
 * leads out of the directory.
 */
export async function localModule(
  directory: string,
  path: string,
  handed?: string,
): Promise<LocalModule | undefined> {
  const place = {
    ...{ file: join(directory, path), shown: handed ?? (path === "" ? "." : path) },
    isAlone: handed !== undefined,
  };
  const found = orExplain(place, () => findInside(place.file, followLinks(directory).path));
  if (found?.stats === undefined) return undefined;
  if (found.stats.isDirectory()) {
    return { form: "directory", module: await moduleInDirectory({ ...place, file: found.path }) };
  }
  if (!found.stats.isFile()) {
    const reason = "it is neither a directory nor a file";
    return { form: "archive", module: { kind: "unusable", reason } };
  }
  try {
    const file = await openInside(found.path, followLinks(directory).path);
    try {
      return { form: "archive", module: await moduleInArchive(file, place.shown) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explain(place, error);
  }
}

async function moduleInDirectory(place: Place): Promise<FoundModule> {
  const tables = tablesIn(place);
  if (tables === undefined) return { kind: "neither" };
  const fault = await programFault(place.file, tables.kind);
  if (fault?.kind === "platforms") return { kind: "unusable", reason: fault.reason };
  if (fault !== undefined) {
    const shown = `${place.shown}/${fault.program}`;
    throw new CompileError([
      diagnose("modules/windows-line-ends", { file: shown }, { file: shown, line: 1 }),
    ]);
  }
  return tables;
}

/** Undefined: it has neither file. */
function tablesIn(place: Place): Extract<FoundModule, { kind: ModuleKind }> | undefined {
  const buildpackToml = textIn(place, "buildpack.toml");
  if (buildpackToml === undefined) {
    const extensionToml = textIn(place, "extension.toml");
    return extensionToml === undefined ? undefined : { kind: "extension", extensionToml };
  }
  const packageToml = textIn(place, "package.toml");
  return { kind: "buildpack", buildpackToml, ...present({ packageToml }) };
}

/** Text of a file of a module. A link may lead to another file of the module: alone it is what the build will have. */
function textIn(module: Place, name: string): string | undefined {
  const place = { file: join(module.file, name), shown: `${module.shown}/${name}`, isAlone: true };
  return orExplain(place, () => {
    const { stats } = findInside(place.file, module.file);
    if (stats?.isFile() === false) throw unreadable(place, "it is not a file");
    const bytes = readInside(place.file, { border: module.file, limitBytes: maxTomlBytes });
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  });
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
  const { shown } = place;
  if (error instanceof LeadsOutside) {
    const values = { path: shown, target: error.target };
    const code = place.isAlone ? "modules/link-outside-handed" : "modules/link-outside";
    return new CompileError([diagnose(code, values, { file: shown })], { cause: error });
  }
  if (error instanceof FileTooLarge) {
    const values = { path: shown, sizeBytes: error.sizeBytes, limitBytes: maxTomlBytes };
    return new CompileError([diagnose("modules/too-large", values, { file: shown })], { cause: error });
  }
  if (!(error instanceof Error) || !("code" in error)) return error;
  return unreadable(place, systemReason(error), error);
}

function unreadable({ shown }: Place, reason: string, cause?: unknown): CompileError {
  return new CompileError([diagnose("modules/unreadable", { path: shown, reason }, { file: shown })], {
    cause,
  });
}
