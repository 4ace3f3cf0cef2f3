import { lstatSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import type { Engine } from "../../engines/engine.ts";
import type { WhatToBuild } from "../file/what-to-build.ts";

/** A policy beside the file to build, as far as this matters for it. */
interface PolicyBeside {
  readonly directory: string;
  readonly what: WhatToBuild;
  /** Whether the helper image is handed over as an OCI layout. */
  readonly handsLayout: boolean;
}

/**
 * Warns of a policy beside the file to build that nothing checks. buildx itself reads it, under the file's name with `.rego`
 * (buildx, `build/opt.go`); BuildKit knows nothing of it. Throws CompileError where buildx would stop at the helper image: what it
 * gives a policy to judge comes from a registry, git or HTTP (`policy/validate.go`).
 */
export function reportUncheckedPolicy(
  { name, title }: Engine,
  { directory, what: { shown, file }, handsLayout }: PolicyBeside,
  report: Report,
): void {
  const policy = `${shown}.rego`;
  if (!isThere(join(directory, policy))) return;
  // A file that is built from a copy has no policy beside it.
  if (name === "buildx" && isThere(join(file.directory, `${file.name}.rego`))) {
    if (handsLayout) {
      throw new CompileError([diagnose("engines/policy-and-layout", { policy }, { file: policy })]);
    }
    return;
  }
  report(diagnose("engines/policy-not-checked", { policy, engine: title }, { file: policy }));
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
