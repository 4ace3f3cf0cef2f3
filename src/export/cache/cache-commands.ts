import { writeFileSync } from "node:fs";
import { cacheThere } from "../../contract/cache/carried-cache.ts";
import { bytesOf } from "../../layer/byte-string.ts";
import { cacheScopeArgument } from "../../options/step-variables.ts";
import { present } from "../../present.ts";
import { command } from "../command.ts";
import { owner, path, required, text } from "../flag-values.ts";
import { baseRequest, memoryFlags, memoryPlace } from "../memory/memory-flags.ts";
import { offerMemory } from "../memory/offer.ts";
import { readCacheMetadata, repairCache } from "./cache-directory.ts";
import { seedCache } from "./cache-seed.ts";
import { type CarryRequest, packCache, takeCache, unpackCache } from "./carry-cache.ts";
import { type CacheListRequest, exportCache, exportCacheState } from "./export-cache.ts";

/** Flags that say what the cache is made of. */
export const cachedFlags = {
  ...{ root: text, layers: text, user: text, "platform-api": text },
  ...{ ...memoryFlags, previous: text },
} as const;

/** In: values of those flags. */
export function cachedRequest(values: Partial<Record<keyof typeof cachedFlags, string>>): CacheListRequest {
  return {
    root: path("--root", values.root ?? "/"),
    layersDirectory: path("--layers", values.layers),
    owner: owner("--user", values.user),
    platformApi: required("--platform-api", values["platform-api"]),
    ...memoryPlace(values),
  };
}

export const cacheCommands = {
  cache: command({
    usage: `--layers DIR --user UID:GID --cache DIR --platform-api VERSION [--root DIR] [--kept DIR --platforms DIR]
[--exec-env NAME] [--previous DIR]`,
    flags: { ...cachedFlags, cache: text },
    run({ cache, ...values }, { log, report }) {
      const request = { ...cachedRequest(values), cacheDirectory: path("--cache", cache) };
      // It is all that was asked for.
      return exportCache(request, log, report) ? 0 : 1;
    },
  }),

  "cache-state": command({
    usage: `--cache DIR --to FILE.json [--id ID] [[--offer DIR] --kept DIR --platforms DIR]
[--exec-env NAME]`,
    flags: { cache: text, to: text, id: text, offer: text, ...memoryFlags },
    async run(values, { log }) {
      const cacheDirectory = path("--cache", values.cache);
      const identity = identityOf(values.id);
      const offer =
        values.kept === undefined
          ? undefined
          : {
              ...{ cacheDirectory, ...baseRequest(values) },
              ...(values.offer === undefined ? {} : { offerDirectory: path("--offer", values.offer) }),
              keptDirectory: path("--kept", values.kept),
            };
      exportCacheState({ cacheDirectory, identity }, path("--to", values.to));
      if (offer !== undefined) await offerMemory(offer, log);
    },
  }),

  "cache-seed": command({
    usage: "--cache DIR --base DIR --base-scope NAME",
    flags: { cache: text, base: text, "base-scope": text },
    run(values, { log }) {
      const request = {
        cacheDirectory: path("--cache", values.cache),
        baseDirectory: path("--base", values.base),
        baseScope: required("--base-scope", values["base-scope"]),
      };
      log(seedCache(request));
    },
  }),

  "cache-look": command({
    usage: "--cache DIR --to FILE",
    flags: { cache: text, to: text },
    run({ cache, to }) {
      const directory = path("--cache", cache);
      repairCache(directory);
      const isThere = readCacheMetadata(directory) !== undefined;
      writeFileSync(bytesOf(path("--to", to)), isThere ? cacheThere : "");
    },
  }),

  "cache-take": command({
    usage: "--cache DIR --mount ID --from DIR --to FILE [--or ID]",
    flags: { cache: text, mount: text, from: text, to: text, or: text },
    run({ from, to, or, ...values }, { log }) {
      const request = { ...carryRequest(values), ...present({ otherMount: or }) };
      writeFileSync(bytesOf(path("--to", to)), takeCache(request, path("--from", from), log));
    },
  }),

  "cache-pack": command({
    usage: "--cache DIR --mount ID --to DIR",
    flags: { cache: text, mount: text, to: text },
    run({ to, ...values }, { log }) {
      packCache(carryRequest(values), path("--to", to), log);
    },
  }),

  "cache-unpack": command({
    usage: "--cache DIR --mount ID --from DIR [--or ID]",
    flags: { cache: text, mount: text, from: text, or: text },
    run({ from, or, ...values }, { log }) {
      const request = { ...carryRequest(values), ...present({ otherMount: or }) };
      unpackCache(request, path("--from", from), log);
    },
  }),
};

function carryRequest(values: Partial<Record<"cache" | "mount", string>>): CarryRequest {
  return { cacheDirectory: path("--cache", values.cache), mount: required("--mount", values.mount) };
}

/** What tells a cache mount from all others: its id, and what the stage declares. */
function identityOf(id: string | undefined): Record<string, string> {
  const {
    [cacheScopeArgument]: scope,
    BUILDKIT_CACHE_MOUNT_NS: namespace,
    TARGETPLATFORM: platform,
  } = process.env;
  const said = Object.entries({ id, scope, namespace, platform });
  return Object.fromEntries(
    said.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const])),
  );
}
