import { anywhere, compiling, type OptionRow } from "../option.ts";
import { cacheScopeArgument } from "../step-variables.ts";
import { readCacheImage } from "../values/cache-image.ts";
import { readCacheId, readCacheScopeText, readImageName } from "../values/readers.ts";

/** What a build takes from earlier ones, and keeps for later ones. */
export const cacheOptions = {
  cache: { flag: "--no-cache", form: "switch", text: "Do not use the cache", doors: ["build"] },
  noCacheFilter: {
    flag: "--no-cache-filter <stage>",
    form: "list",
    text: "Do not use the cache for this stage (can be repeated)",
    doors: ["build"],
  },
  pull: { flag: "--pull", form: "switch", text: "Check for newer versions of the images", doors: ["build"] },
  cacheFrom: {
    flag: "--cache-from <spec>",
    form: "list",
    text: "BuildKit cache source, for example type=registry,ref=NAME (can be repeated)",
    doors: ["build"],
  },
  cacheTo: {
    flag: "--cache-to <spec>",
    form: "list",
    text: "BuildKit cache destination, for example type=local,dest=PATH (can be repeated)",
    doors: ["build"],
  },
  buildpackCacheFrom: {
    flag: "--buildpack-cache-from <location>",
    form: "text",
    text: "Import the buildpack cache from a directory or image before the build, if it exists",
    doors: ["build"],
  },
  buildpackCacheTo: {
    flag: "--buildpack-cache-to <location>",
    form: "text",
    text: "Export the buildpack cache to a directory or image after the build",
    doors: ["build"],
  },
  cacheId: {
    flag: "--cache-id <id>",
    argument: "CNB_CACHE_ID",
    form: "text",
    read: readCacheId,
    compiled: true,
    text: "ID of the app's buildpack cache (default: from the project ID or the git remote)",
    argumentText: "ID of the app's buildpack cache",
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
    text: "Use a separate cache for this scope; NAME:BASE also reads the cache of BASE (default: CNB_CACHE_SCOPE, if set)",
    argumentText: "Scope with a cache of its own; NAME:BASE also reads the cache of BASE",
    doors: anywhere,
    recorded: 28,
  },
  cacheImage: {
    flag: "--cache-image <image>",
    argument: "CNB_CACHE_IMAGE",
    key: "cache-image",
    form: "text",
    read: readCacheImage,
    compiled: true,
    text: "Image with the buildpack cache: read if this BuildKit has none of the app, written after the build",
    argumentText: "Image with the buildpack cache, read if this BuildKit has none of the app",
    doors: [...compiling, "build", "frontend"],
    only: "ours",
  },
  previousImage: {
    flag: "--previous-image <image>",
    argument: "CNB_PREVIOUS_IMAGE",
    form: "text",
    read: readImageName,
    compiled: true,
    text: "Image whose layers the buildpacks can reuse (default: with an empty cache, the image that --push replaces)",
    argumentText: "Image whose layers the buildpacks can reuse",
    doors: ["build", "frontend"],
    only: "project",
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
