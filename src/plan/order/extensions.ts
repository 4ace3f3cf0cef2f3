import type { BuilderMetadata } from "../../builder/builder.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";

/**
 * Refuses builders that try image extensions: their Dockerfiles exist only after detection, so a file made
 * beforehand would leave them out without a word. Throws CompileError naming them.
 */
export function refuseExtensions(builders: readonly BuilderMetadata[], builder: string): void {
  const ids = [...new Set(builders.flatMap(({ extensions }) => extensions))];
  if (ids.length === 0) return;
  throw new CompileError([diagnose("plan/extensions-unsupported", { builder, ids }, { file: builder })]);
}
