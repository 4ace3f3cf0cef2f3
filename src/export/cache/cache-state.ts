import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { readCacheState } from "./cache-directory.ts";

export interface CacheStateRequest {
  readonly cacheDirectory: ByteString;
  /** What tells the mount from others beside what is in it, by name: no step that is finished counts for two of them. */
  readonly identity: Readonly<Record<string, string>>;
}

/**
 * Says which cache this is and what it holds, as JSON: the key of the steps that restore and build. Throws CompileError
 * where it is to be two caches, or node's error.
 */
export function describeCache({ cacheDirectory, identity }: CacheStateRequest): string {
  const { scope = "" } = identity;
  if (scope.includes(":")) throw new CompileError([diagnose("export/cache-scope-pair", { scope })]);
  return `${JSON.stringify({ identity, ...JSON.parse(readCacheState(cacheDirectory)) })}\n`;
}
