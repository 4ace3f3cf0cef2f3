import type { GeneratedDockerfile } from "../../contract/generated-dockerfile.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { readersOfApp } from "./app-readers.ts";
import { platformVariables } from "./platform-variables.ts";

/** Throws CompileError for what no extension's Dockerfile may do, and warns of what has no effect there. */
export function checkDockerfiles(dockerfiles: readonly GeneratedDockerfile[], report: Report): void {
  const faults = dockerfiles.flatMap(platformVariables);
  if (faults.length > 0) throw new CompileError(faults);
  for (const warning of dockerfiles.flatMap(readersOfApp)) report(warning);
}
