import { anywhere, type OptionRow } from "../option.ts";
import { cacheScopeArgument } from "../step-variables.ts";
import { readCacheId, readCacheScopeText } from "../values/readers.ts";

/** Which cache an app's builds share. */
export const cacheOptions = {
  cacheId: {
    flag: "--cache-id <id>",
    argument: "CNB_CACHE_ID",
    form: "text",
    read: readCacheId,
    compiled: true,
    text: "id of the app's build cache (default: from the project's id or its git remote)",
    argumentText: "name of the cache that this app's builds share",
    doors: anywhere,
    only: "project",
    recorded: 27,
  },
  cacheScope: {
    flag: "--cache-scope <scope>",
    argument: cacheScopeArgument,
    variable: cacheScopeArgument,
    form: "text",
    read: readCacheScopeText,
    // A build is not to run without the scope that it was to have, as by a variable of CI's that is not set.
    refusesEmpty: true,
    compiled: true,
    text: "keep this build's cache apart from other scopes; NAME:BASE also reads that of BASE (default: CNB_CACHE_SCOPE, or none)",
    argumentText: "name that keeps this build's cache apart; NAME:BASE also reads that of BASE",
    doors: anywhere,
    recorded: 28,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
