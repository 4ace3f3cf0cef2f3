import { diagnose } from "../diagnostics/diagnose.ts";
import type { Diagnostic, SourceLocation } from "../diagnostics/diagnostic.ts";
import { fileNameFault } from "./file-name.ts";
import type { EnvVariable } from "./project-descriptor.ts";

/**
 * What is wrong with a build-time variable; empty when nothing is.
 * Each becomes a file `/platform/env/NAME`, so its name has to be a file name and a variable name at once.
 * Source: CNB platform spec, "User-Provided Variables".
 */
export function checkEnvVariable(
  { name, value }: EnvVariable,
  nameAt: SourceLocation,
  valueAt = nameAt,
): Diagnostic[] {
  const reason = nameFault(name);
  const faults: Diagnostic[] = [];
  if (reason !== undefined) faults.push(diagnose("descriptor/env-name", { name, reason }, nameAt));
  if (value.includes("\0")) faults.push(diagnose("descriptor/env-value", { name }, valueAt));
  return faults;
}

function nameFault(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.includes("=")) return "it contains `=`";
  if (name.includes("/")) return "it contains `/`";
  return fileNameFault(name);
}
