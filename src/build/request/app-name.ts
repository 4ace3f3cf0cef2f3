import { readDescriptor } from "../../descriptor/descriptor.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { argumentNames } from "../../options/build-arguments.ts";
import { cacheScopeArgument } from "../../options/step-variables.ts";
import { parseCacheScope } from "../../options/values/cache-scope.ts";
import { planCache } from "../../plan/cache.ts";
import type { Origin } from "../../plan/options.ts";
import { present } from "../../present.ts";
import type { WhatToBuild } from "../file/what-to-build.ts";

/**
 * What tells an app from others, the same in every checkout of it: the id of its cache, but for the place of an app that is in
 * no repository. Empty: nothing does. In: build arguments by their names.
 */
export function appName(what: WhatToBuild, told: ReadonlyMap<string, string>): string {
  return nameOf(what, told, undefined);
}

/**
 * As `appName`, for what nobody else may have: a project chooses its id, and so it counts with its origin, or in the scope that
 * whoever builds chose.
 */
export function ownAppName(what: WhatToBuild, told: ReadonlyMap<string, string>): string {
  const scope = parseCacheScope(told.get(cacheScopeArgument) ?? "");
  const name = nameOf(what, told, scope === undefined ? originOf(told) : undefined);
  return JSON.stringify([scope?.own ?? "", name || (told.get(argumentNames.sourcePlace) ?? "")]);
}

/** Undefined: it is not known, or nobody says. */
function originOf(told: ReadonlyMap<string, string>): Origin | undefined {
  const remote = told.get(argumentNames.source);
  if (remote !== undefined) return { kind: "git", remote };
  const key = told.get(argumentNames.sourcePlace);
  return key === undefined || key === "unknown" ? undefined : { kind: "place", key };
}

/** In: where the project comes from; undefined: that does not count. */
function nameOf(what: WhatToBuild, told: ReadonlyMap<string, string>, origin: Origin | undefined): string {
  switch (what.kind) {
    case "dockerfile":
      return "";
    case "generated":
      return what.dockerfile.from?.cacheId ?? "";
    case "project": {
      const remote = told.get(argumentNames.source);
      const subdirectory = told.get(argumentNames.sourceDirectory) ?? "";
      const options = { ...present({ cacheId: told.get(argumentNames.cacheId) }), fallbackCacheId: "" };
      const place = {
        ...(remote === undefined ? {} : { git: { remote, subdirectory } }),
        ...present({ origin }),
      };
      return planCache(descriptorOf(what.file.name, what.text), options, place, () => {}).id;
    }
  }
}

/** Undefined: it is wrong, which the build says in its own words. */
function descriptorOf(file: string, text: string) {
  try {
    return readDescriptor({ file, text }, () => {});
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}
