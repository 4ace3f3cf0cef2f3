import { join } from "node:path";
import { localModule } from "../../archive/local-module.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import type { Border } from "../../files/border.ts";
import type { BuildpackContext, LocalModule, ModuleSource } from "../../modules/module-source.ts";
import type { HttpClient } from "../../registry/http/http.ts";
import { handedDirectory, type LocalBuildpack } from "../project/local-buildpacks.ts";
import { downloadModule } from "./download.ts";
import { lookUpBuildpack } from "./registry-index.ts";

interface ModuleSourceOptions {
  /** The project's. */
  readonly directory: string;
  /** What flags name outside of it; absent: nothing. */
  readonly localBuildpacks?: readonly LocalBuildpack[];
  /** Downloads, and reads an index over HTTP. */
  readonly http: HttpClient;
  /** Address or directory of the buildpack registry's index. */
  readonly registryIndex: string;
  /** The project's. */
  readonly border: Border;
  /** Takes warnings. */
  readonly report: Report;
}

/** Answers from the project's files and over HTTP; everything is asked anew each time. */
export function createModuleSource(options: ModuleSourceOptions): ModuleSource {
  return {
    local: (path, context) =>
      context === undefined ? localModule(options.directory, path) : handedModule(context, path, options),
    download: (url) => downloadModule(url, options),
    lookUp: (entry) => lookUpBuildpack(entry, options),
  };
}

/** Throws CompileError where no flag names a directory of this name. */
async function handedModule(
  context: BuildpackContext,
  path: string,
  { localBuildpacks = [] }: ModuleSourceOptions,
): Promise<LocalModule | undefined> {
  const found = localBuildpacks.find((one) => one.context === context);
  if (found === undefined) throw new CompileError([diagnose("modules/not-handed", { name: context })]);
  return localModule(found.directory, path, join(handedDirectory(found).directory, path));
}
