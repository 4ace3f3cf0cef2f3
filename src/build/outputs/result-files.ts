import { randomUUID } from "node:crypto";
import { accessSync, closeSync, constants, openSync, realpathSync, rmSync, statSync } from "node:fs";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import type { Border } from "../../files/border.ts";
import { writeWhole } from "../../files/write-whole.ts";

/** Files that scripts read after a build; absent: not wanted. */
export interface ResultFiles {
  /** For BuildKit's answer. */
  readonly metadataFile?: string;
  /** For the image's id. */
  readonly iidfile?: string;
  /** For the list of what was downloaded. */
  readonly downloads?: string;
}

/** Those that are wanted, by the flag that names one. */
function resultFiles(wanted: ResultFiles): [name: keyof ResultFiles, flag: string, path: string][] {
  return (Object.keys(flagsOfFiles) as (keyof ResultFiles)[]).flatMap((name) => {
    const path = wanted[name];
    return path === undefined ? [] : [[name, flagsOfFiles[name], path]];
  });
}

export const flagsOfFiles = {
  metadataFile: "--metadata-file",
  iidfile: "--iidfile",
  downloads: "--downloads",
} as const satisfies Record<keyof ResultFiles, string>;

/** Finds out before a build whether they could be written after it. Throws CompileError. */
export function requireResultFiles(wanted: ResultFiles): void {
  const found = resultFiles(wanted).flatMap(([, flag, path]): Diagnostic[] => {
    try {
      tryOut(path);
      return [];
    } catch (error) {
      return [diagnose("cli/result-unwritable", { path, reason: systemReason(error) }, { file: flag })];
    }
  });
  if (found.length > 0) throw new CompileError(found);
}

/** As it is written later: a file gets its name when it is whole, so its directory has to take another one. */
function tryOut(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  if (stats !== undefined && !stats.isFile()) {
    accessSync(path, constants.W_OK);
    return;
  }
  const beside = `${stats === undefined ? path : realpathSync.native(path)}.${randomUUID()}.tmp`;
  closeSync(openSync(beside, "wx", 0o600));
  rmSync(beside);
}

/** Writes them. In: what each holds. Out: what could not be written; the build has succeeded all the same. */
export function writeResultFiles(
  wanted: ResultFiles,
  { outputs }: Pick<Border, "outputs">,
  contents: Readonly<Record<keyof ResultFiles, string>>,
): Diagnostic[] {
  return resultFiles(wanted).flatMap(([name, flag, path]): Diagnostic[] => {
    try {
      writeWhole(path, contents[name], outputs, flag);
      return [];
    } catch (error) {
      if (error instanceof CompileError) return [...error.diagnostics];
      const values = { path, reason: systemReason(error), imageId: contents.iidfile };
      return [diagnose("cli/result-unwritten", values, { file: flag })];
    }
  });
}
