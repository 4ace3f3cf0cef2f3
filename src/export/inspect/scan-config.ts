import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { SettingsOwner } from "../../scan/verdict.ts";

/** A Grype configuration file, and whose it is. */
interface ScanSettings {
  readonly file: string;
  readonly owner: SettingsOwner;
}

/**
 * Finds the one that the person who builds passes, else the project's. Undefined: there is none. Throws CompileError for
 * several files.
 */
export function findScanSettings(directory: string, projectDirectory: string): ScanSettings | undefined {
  const given = filesOf(directory);
  const owner = given.length > 0 ? "operator" : "project";
  const found = owner === "operator" ? given : filesOf(projectDirectory);
  const [file, ...others] = found;
  if (others.length > 0) throw new CompileError([diagnose("export/several-scan-configs", { found })]);
  return file === undefined ? undefined : { file, owner };
}

function filesOf(directory: string): string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(directory)
    .sort()
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
