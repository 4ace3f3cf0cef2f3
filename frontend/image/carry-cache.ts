import { randomUUID } from "node:crypto";
import { ConnectError } from "@connectrpc/connect";
import { carriedFile, carriedTar, parseCarriedCache } from "../../src/contract/cache/carried-cache.ts";
import { epochSeconds } from "../../src/contract/epoch.ts";
import { rootOwner } from "../../src/contract/owner.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { present } from "../../src/present.ts";
import {
  cacheContext,
  cacheExportTarget,
  cacheImageTarget,
  cacheImportTarget,
} from "../../src/stages/paths.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { type CacheStepHost, cacheStep, type ExportStage } from "../graph/cache-step.ts";
import { cacheMountOf } from "../graph/definition.ts";
import { overlaid, stacked, type Title } from "../graph/layers.ts";
import { type CacheMount, copy, definitionFor, type RunMount, type State } from "../graph/llb.ts";
import { mountIdIn, namespaceOf, scopeOf, withoutNamespace } from "../request/cache-scope.ts";
import type { FrontendOptions } from "../request/options.ts";
import type { NamedContexts } from "../sources/named-contexts.ts";
import { type FinishedImage, imageResult, type ResultInit } from "./result.ts";

/** What is done with an app's cache mounts in place of a build. Undefined: a build is wanted. */
type CacheTransfer = (typeof cacheTargets)[number];

const cacheTargets = [cacheExportTarget, cacheImportTarget, cacheImageTarget] as const;

export function cacheTransferOf({ values }: FrontendOptions): CacheTransfer | undefined {
  return cacheTargets.find((target) => target === values.target);
}

interface TransferRequest extends CacheStepHost {
  readonly transfer: CacheTransfer;
  readonly options: FrontendOptions;
  readonly contexts: NamedContexts;
  readonly stages: readonly ExportStage[];
  readonly canMerge: boolean;
  readonly report: Report;
}

/**
 * Takes the caches out of their mounts, as an image for each platform, or puts such images back into the mounts. BuildKit
 * does not look into a mount and would answer with what an earlier step saw: each time, the steps are new ones.
 * Throws CompileError, or ConnectError with what BuildKit failed with.
 */
export async function transferCache(gateway: Gateway, request: TransferRequest): Promise<ResultInit> {
  const nonce = randomUUID();
  const mounts = request.stages.map(({ platform, exported }) => {
    const cache = cacheMountOf(exported);
    if (cache === undefined) throw new CompileError([diagnose("frontend/export-edited", undefined)]);
    return { platform, cache, nonce, id: mountId(cache, request.options) };
  });
  switch (request.transfer) {
    case "cache-export":
    case "cache-image":
      return exportCaches(gateway, request, mounts);
    case "cache-import":
      await importCaches(gateway, request, mounts);
      return { metadata: {} };
  }
}

/** The cache mount of one platform. */
interface PlatformCache {
  readonly platform: Platform;
  readonly cache: CacheMount;
  /** Of the mount, without what tells this BuildKit's mounts from another's. */
  readonly id: string;
  readonly nonce: string;
}

/** Id of the mount, without what tells this BuildKit's mounts from another's. */
export function mountId({ mount }: CacheMount, options: FrontendOptions): string {
  const { cacheOpt, dest } = mount;
  return withoutNamespace(cacheOpt?.id ?? dest, namespaceOf(options));
}

async function exportCaches(
  gateway: Gateway,
  request: TransferRequest,
  mounts: readonly PlatformCache[],
): Promise<ResultInit> {
  const made = await Promise.all(
    mounts.map(async (mount) => ({ ...mount, image: await exportCache(gateway, request, mount) })),
  );
  const images = made.flatMap(({ image }) => image ?? []);
  const empty = made.filter(({ image }) => image === undefined);
  if (images.length === 0) {
    throw new CompileError([diagnose("frontend/cache-empty", { ids: empty.map(({ id }) => id) })]);
  }
  // A platform that was never built has nothing to hand on; the others have.
  for (const { id } of empty) request.report(diagnose("frontend/cache-partly-empty", { id }));
  return imageResult(images, true);
}

/** A layer for each tar, so that one that did not change is neither compressed nor pushed again. Undefined: it is empty. */
async function exportCache(
  gateway: Gateway,
  request: TransferRequest,
  mount: PlatformCache,
): Promise<FinishedImage | undefined> {
  const { platform, id } = mount;
  const title: Title = (text) => `[${formatPlatform(platform)}] ${text}`;
  const packed = step(request, mount, ["cache-pack", "--to=/carried"], [], title);
  const ref = await gateway.solveGraph(definitionFor(packed), true);
  const json = await gateway.readFile(ref, carriedFile);
  const carried = parseCarriedCache(Buffer.from(json).toString());
  if (carried === undefined) throw new Error(`the export program wrote no description of ${id}`);
  if (carried.metadata === "") return undefined;
  const paths = [...Object.keys(carried.sizesBytes).map(carriedTar), carriedFile];
  const attributes = { owner: rootOwner, timeSeconds: epochSeconds };
  const layers = paths.map((path) =>
    copy([{ from: packed, source: path, destination: path }], attributes, title(`layer: ${path}`)),
  );
  const [only, ...others] = layers;
  const image = others.length === 0 ? only : stack(layers, request, title);
  return {
    platform,
    ref: await gateway.solveGraph(definitionFor(image), false),
    config: cacheConfig(platform, paths),
  };
}

function stack(layers: readonly State[], { canMerge }: TransferRequest, title: Title): State | undefined {
  return canMerge ? overlaid(undefined, layers, [], title) : stacked(undefined, layers, title);
}

/** Every layer has its entry, with a time: BuildKit would fill in the clock's. */
function cacheConfig({ os, architecture, variant }: Platform, paths: readonly string[]): Uint8Array {
  const created = new Date(epochSeconds * 1000).toISOString().replace(".000Z", "Z");
  const history = paths.map((path) => ({ created, created_by: `buildpacks' cache: ${path}` }));
  const config = { architecture, os, ...present({ variant }), created, config: {} };
  return Buffer.from(JSON.stringify({ ...config, history }));
}

/** What is there is put back, where it is there for any platform at all. */
async function importCaches(
  gateway: Gateway,
  request: TransferRequest,
  mounts: readonly PlatformCache[],
): Promise<void> {
  const fetched = await Promise.all(
    mounts.map(async (mount) => ({ mount, ...(await fetchCarried(gateway, request, mount.platform)) })),
  );
  const [first] = fetched;
  if (first !== undefined && fetched.every(({ state }) => state === undefined)) {
    const { mount, reason = "" } = first;
    const values = { platform: formatPlatform(mount.platform), reason };
    throw new CompileError([diagnose("frontend/cache-unreadable", values)]);
  }
  const scope = scopeOf(request.options);
  await Promise.all(
    fetched.map(async ({ mount, state, reason = "" }) => {
      const platform = formatPlatform(mount.platform);
      if (state === undefined) {
        request.report(diagnose("frontend/cache-partly-unreadable", { platform, reason }));
        return;
      }
      const title: Title = (text) => `[${platform}] ${text}`;
      const other = scope?.base === undefined ? undefined : mountIdIn(mount.id, scope, scope.base);
      const words = [
        ...["cache-unpack", "--from=/carried"],
        ...(other === undefined ? [] : [`--or=${other}`]),
      ];
      const unpacked = step(request, mount, words, [{ state, target: "/carried" }], title);
      await gateway.solveGraph(definitionFor(unpacked), true);
    }),
  );
}

/** What was handed over for a platform; or why it cannot be had. */
interface Carried {
  readonly state?: State;
  readonly reason?: string;
}

/** Has BuildKit fetch it now: what fails later is a fault of the step. */
async function fetchCarried(
  gateway: Gateway,
  { contexts }: TransferRequest,
  platform: Platform,
): Promise<Carried> {
  const reference = parseReference(cacheContext);
  if (reference === undefined) throw new Error(`${cacheContext} is no name`);
  try {
    const { state } = (await contexts.load(reference, platform)) ?? {};
    if (state === undefined) return { reason: "no cache was passed to the build" };
    // Which BuildKit does where somebody looks into it.
    await gateway.statFileIfAny(await gateway.solveGraph(definitionFor(state), true), carriedFile);
    return { state };
  } catch (error) {
    if (error instanceof ConnectError) return { reason: error.rawMessage };
    throw error;
  }
}

function step(
  host: TransferRequest,
  { cache, id, nonce }: PlatformCache,
  words: readonly string[],
  mounts: readonly RunMount[],
  title: Title,
): State {
  const [command = ""] = words;
  return cacheStep(
    host,
    {
      words: [...words, `--cache=${cache.mount.dest}`, `--mount=${id}`],
      ...{ caches: [cache], mounts, nonce },
      ...(command === "cache-pack" ? { output: "/carried" } : {}),
    },
    title(command === "cache-pack" ? "export the buildpack cache" : "import the buildpack cache"),
  );
}
