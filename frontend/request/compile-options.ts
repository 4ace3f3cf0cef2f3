import { randomUUID } from "node:crypto";
import { checkEnvVariable } from "../../src/descriptor/env-name.ts";
import type { EnvVariable } from "../../src/descriptor/project-descriptor.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import type { Platform } from "../../src/image/platform.ts";
import { argumentNames, readArgumentTexts, readBuildArgument } from "../../src/options/build-arguments.ts";
import { readCompiledOptions } from "../../src/options/compiled-options.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import { present } from "../../src/present.ts";
import { version } from "../../src/version.ts";
import { type FrontendOptions, keepsGitDirectory, optionsWith } from "./options.ts";

/** Name that a Dockerfile of ours gives our own image; the build is told what it stands for. No registry can have it. */
export const ownImageName = "cnb-dockerfile.invalid/own:image";

/**
 * Options of the compiler from the options of a build. In: where the descriptor lies in the context; absent: it does
 * not. Throws CompileError with every build argument that is wrong.
 */
export function readCompileOptions(
  frontend: FrontendOptions,
  platforms: readonly Platform[],
  descriptorPath: string | undefined,
): CompileOptions {
  const found: Diagnostic[] = [];
  const given = optionsWith(frontend, "build-arg:");
  const buildEnv = readVariables(given, found);
  const texts = readArgumentTexts(given, found);
  const compiled = readCompiledOptions(
    texts,
    (name) => ({ file: `--build-arg ${argumentNames[name]}` }),
    found,
  );
  if (found.length > 0) throw new CompileError(found);
  return {
    ...compiled,
    platforms,
    buildEnv,
    ...present({ descriptorPath }),
    keepGitDirectory: keepsGitDirectory(frontend),
    fallbackCacheId: `app-${randomUUID()}`,
    tool: { kind: "image", reference: ownImageName },
    appliedByFrontend: true,
    recorded: [],
    version,
  };
}

/** Build arguments that are build-time variables. Faults are added to `found`. */
function readVariables(given: Readonly<Record<string, string>>, found: Diagnostic[]): EnvVariable[] {
  const variables: EnvVariable[] = [];
  for (const [name, value] of Object.entries(given)) {
    const location = { file: `--build-arg ${name}` };
    const argument = readBuildArgument({ name, value });
    switch (argument.kind) {
      case "variable":
        found.push(...checkEnvVariable(argument.variable, location));
        variables.push(argument.variable);
        break;
      case "unknown":
        found.push(diagnose("cli/build-arg-unknown", { name, suggestion: argument.suggestion }, location));
        break;
      case "buildkit":
      case "option":
        break;
    }
  }
  return variables;
}
