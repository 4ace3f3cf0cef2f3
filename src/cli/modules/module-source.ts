import { localModule } from "../../archive/local-module.ts";
import type { ModuleSource, Report } from "../../index.ts";
import type { HttpClient } from "../../registry/http.ts";
import type { Border } from "../border.ts";
import { downloadModule } from "./download.ts";
import { lookUpBuildpack } from "./registry-index.ts";

export interface ModuleSourceOptions {
  /** The project's. */
  readonly directory: string;
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
    local: (path) => localModule(options.directory, path),
    download: (url) => downloadModule(url, options),
    lookUp: (entry) => lookUpBuildpack(entry, options),
  };
}
