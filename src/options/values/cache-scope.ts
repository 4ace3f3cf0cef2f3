import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";

/** Part of a cache's id that whoever builds chooses, so that no project can name a cache outside of it. */
export interface CacheScope {
  /** Letters, digits, `.`, `_`, `-`. */
  readonly own: string;
  /** Scope whose cache is read where the own one is empty, and never written; absent: none. */
  readonly base?: string;
}

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Reads `OWN` or `OWN:BASE`. A base that is the own scope is none: `main:main` is `main`. Undefined: it is neither. */
export function parseCacheScope(text: string): CacheScope | undefined {
  const [own = "", base, ...others] = text.split(":");
  if (!name.test(own) || others.length > 0) return undefined;
  if (base === undefined || base === own) return { own };
  return name.test(base) ? { own, base } : undefined;
}

/** In: the flag or argument that it was read from. */
export function badCacheScope(text: string, file: string): Diagnostic {
  return diagnose("plan/bad-cache-scope", { text }, { file });
}
