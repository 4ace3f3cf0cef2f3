import { readCompiledOptions } from "./options/compiled-options.ts";
import type { CompileOptions } from "./plan/options.ts";
import { version } from "./version.ts";

/** What has no default: where the export program comes from, and an id of the app's cache that no other app has. */
export type AskedOptions = Partial<CompileOptions> & Pick<CompileOptions, "tool" | "fallbackCacheId">;

/** Options for `compile`, with the defaults of those that you leave out. */
export function compileOptions(asked: AskedOptions): CompileOptions {
  const defaults = readCompiledOptions({}, (name) => ({ file: name }), []);
  return { ...defaults, buildEnv: [], recorded: [], version, ...asked };
}
