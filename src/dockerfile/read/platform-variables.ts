import type { GeneratedDockerfile } from "../../contract/generated-dockerfile.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readDockerfile } from "./read-dockerfile.ts";

/** What phases of the lifecycle read where no flag says it, and what we give them. Source: lifecycle, `platform/defaults.go`. */
const ofPhases =
  /(?<![\w$])(CNB_(?:\w+_(?:DIR|PATH)|PLATFORM_API|DEPRECATION_MODE|EXPERIMENTAL_MODE|EXEC_ENV))(?=["'=\s])/g;

/** Errors for variables of the builder image by which an extension would lead the phases to other places. */
export function platformVariables({ id, kind, text }: GeneratedDockerfile): Diagnostic[] {
  // Nothing of ours runs in the run image.
  if (kind === "run") return [];
  const instructions = readDockerfile(text).stages[0]?.instructions ?? [];
  return instructions
    .filter(({ keyword }) => keyword === "ENV")
    .flatMap(({ rest, line }) =>
      Array.from(rest.matchAll(ofPhases), ([, name = ""]) =>
        diagnose("frontend/extension-sets-variable", { id, name, line }, { file: id }),
      ),
    );
}
