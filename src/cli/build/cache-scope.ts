import { CompileError } from "../../diagnostics/diagnostic.ts";
import { cacheScopeArgument } from "../../options/step-variables.ts";
import { badCacheScope, type CacheScope, parseCacheScope } from "../../options/values/cache-scope.ts";
import type { ProjectFlags } from "../flags.ts";

/** What a build says of its scope, and by which word. */
interface SaidScope {
  readonly text: string;
  readonly by: string;
}

/**
 * The scope of a build's caches: the flag, else the build argument, else the variable, where an empty one is none.
 * Undefined: there is none. Throws CompileError for one that is no scope, so that no build runs without the one it is to have.
 */
export function readCacheScope(
  { cacheScope }: Pick<ProjectFlags, "cacheScope">,
  buildArguments: ReadonlyMap<string, string>,
  { [cacheScopeArgument]: variable }: NodeJS.ProcessEnv,
): (CacheScope & { readonly text: string }) | undefined {
  const argument = buildArguments.get(cacheScopeArgument);
  const said: SaidScope | undefined =
    cacheScope !== undefined
      ? { text: cacheScope, by: "--cache-scope" }
      : argument !== undefined
        ? { text: argument, by: `--build-arg ${cacheScopeArgument}` }
        : variable
          ? { text: variable, by: cacheScopeArgument }
          : undefined;
  if (said === undefined) return undefined;
  const scope = parseCacheScope(said.text);
  if (scope === undefined) throw new CompileError([badCacheScope(said.text, said.by)]);
  return { ...scope, text: said.text };
}
