import { readDescriptor } from "../../descriptor/descriptor.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { argumentNames } from "../../options/build-arguments.ts";
import { planCache } from "../../plan/cache.ts";
import { present } from "../../present.ts";
import type { WhatToBuild } from "../file/what-to-build.ts";

/**
 * What tells an app from others, the same in every checkout of it: the id of its cache, but for the place of an app that is in
 * no repository. Empty: nothing does. In: build arguments by their names.
 */
export function appName(what: WhatToBuild, told: ReadonlyMap<string, string>): string {
  switch (what.kind) {
    case "dockerfile":
      return "";
    case "generated":
      return what.dockerfile.from?.cacheId ?? "";
    case "project": {
      const remote = told.get(argumentNames.source);
      const subdirectory = told.get(argumentNames.sourceDirectory) ?? "";
      const options = { ...present({ cacheId: told.get(argumentNames.cacheId) }), fallbackCacheId: "" };
      const place = remote === undefined ? {} : { git: { remote, subdirectory } };
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
