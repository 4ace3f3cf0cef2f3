import type { GeneratedDockerfile } from "../../contract/generated-dockerfile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { phaseDirectories } from "../../stages/paths.ts";
import { readDockerfile } from "./read-dockerfile.ts";

/**
 * Steps that use the app, the layers or the platform's files without having copied them. pack's extender runs where all of these are; here a
 * step that saw them would run again for each changed line of the source.
 */
export function readersOfApp({ id, kind, text }: GeneratedDockerfile): Diagnostic[] {
  // In a run image, they are directories as all others.
  if (kind === "run") return [];
  const instructions = readDockerfile(text).stages[0]?.instructions ?? [];
  return phaseDirectories.flatMap((directory) => {
    const isNamed = new RegExp(String.raw`(?<![\w./-])${directory}(?![\w-])`);
    const copied = instructions.findIndex(
      ({ keyword, rest }) => ["ADD", "COPY"].includes(keyword) && isNamed.test(rest),
    );
    const reader = instructions.findIndex(({ keyword, rest }) => keyword === "RUN" && isNamed.test(rest));
    const { line } = instructions[reader] ?? {};
    if (line === undefined || (copied !== -1 && copied < reader)) return [];
    return [diagnose("frontend/extension-reads-app", { id, kind, directory, line }, { file: id })];
  });
}
