import { randomUUID } from "node:crypto";
import { ConnectError } from "@connectrpc/connect";
import { cacheThere } from "../../src/contract/cache/carried-cache.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report, TemporaryError } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { fullName, parseReference, pinReference } from "../../src/image/reference.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { Definition } from "../generated/ops_pb.js";
import { type CacheStepHost, cacheStep } from "../graph/cache-step.ts";
import { cacheMountOf } from "../graph/definition.ts";
import {
  type CacheMount,
  definitionFor,
  image,
  platformOf,
  type RunMount,
  type State,
} from "../graph/llb.ts";
import { mountIdIn, namespaceOf, scopeOf, withoutNamespace } from "../request/cache-scope.ts";
import type { FrontendOptions } from "../request/options.ts";
import type { GatewayImages } from "../sources/image-source.ts";

interface FetchRequest extends CacheStepHost {
  /** The stage `export` of each platform, which is not run: its mount is the cache. */
  readonly stages: readonly { readonly platform: Platform; readonly exported: Definition }[];
  /** Name of the image, with registry and tag. */
  readonly name: string;
  readonly images: GatewayImages;
  readonly options: FrontendOptions;
  readonly report: Report;
}

interface PlatformCache {
  readonly platform: Platform;
  readonly cache: CacheMount;
  readonly nonce: string;
}

/**
 * Fills caches that are empty from an image that an earlier build left in a registry, of any machine. BuildKit fetches it with
 * the client's credentials, and only where a cache is empty. An image that is not there is no fault; one that cannot be read, or
 * is of another app, is a warning, and the buildpacks make everything. Throws ConnectError of the look into the mount alone.
 */
export async function fetchCaches(gateway: Gateway, request: FetchRequest): Promise<void> {
  const nonce = randomUUID();
  const caches = request.stages.flatMap(({ platform, exported }) => {
    const cache = cacheMountOf(exported);
    return cache === undefined ? [] : [{ platform, cache, nonce }];
  });
  await Promise.all(
    caches.map(async (one) => {
      if (!(await isEmpty(gateway, request, one))) return;
      const reason = await take(gateway, request, one).catch(reasonOf);
      if (reason === undefined) return;
      const values = { image: request.name, platform: formatPlatform(one.platform), reason };
      request.report(diagnose("frontend/cache-image-unusable", values));
    }),
  );
}

async function isEmpty(gateway: Gateway, request: FetchRequest, one: PlatformCache): Promise<boolean> {
  const state = step(request, one, ["cache-look", "--to=/done/cache"], [], "look for the buildpack cache");
  const ref = await gateway.solveGraph(definitionFor(state), true);
  return Buffer.from(await gateway.readFile(ref, "/cache")).toString() !== cacheThere;
}

/** Out: why it was not taken; undefined: it was, or there is none. Throws what the request for the image throws. */
async function take(
  gateway: Gateway,
  request: FetchRequest,
  one: PlatformCache,
): Promise<string | undefined> {
  const { images, name, options } = request;
  const reference = parseReference(name);
  if (reference === undefined) throw new Error(`${name} is no image name`);
  const resolved = await images.resolve(reference, [one.platform]);
  if (resolved === undefined || resolved.images.length === 0) return undefined;
  const { digest } = resolved;
  const title = `[${formatPlatform(one.platform)}] cache image ${name}`;
  const state =
    digest === undefined
      ? (await images.load(reference, one.platform)).state
      : image(fullName(pinReference(reference, digest)), platformOf(one.platform), title);
  if (state === undefined) return undefined;
  const { cacheOpt, dest } = one.cache.mount;
  const mount = withoutNamespace(cacheOpt?.id ?? dest, namespaceOf(options));
  const scope = scopeOf(options);
  const other = scope?.base === undefined ? undefined : mountIdIn(mount, scope, scope.base);
  const words = [
    ...["cache-take", "--from=/carried", `--mount=${mount}`, "--to=/done/reason"],
    ...(other === undefined ? [] : [`--or=${other}`]),
  ];
  const mounts: RunMount[] = [{ state, target: "/carried" }];
  const taken = step(request, one, words, mounts, `take the buildpack cache from ${name}`);
  const ref = await gateway.solveGraph(definitionFor(taken), true);
  return Buffer.from(await gateway.readFile(ref, "/reason")).toString() || undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof ConnectError) return error.rawMessage;
  if (error instanceof CompileError || error instanceof TemporaryError) {
    const faults = error instanceof CompileError ? error.diagnostics : [error.diagnostic];
    return faults.map(({ message }) => message.replace(/\.$/, "")).join("; ");
  }
  throw error;
}

function step(
  host: FetchRequest,
  { platform, cache, nonce }: PlatformCache,
  words: readonly string[],
  mounts: readonly RunMount[],
  title: string,
): State {
  return cacheStep(
    host,
    { words: [...words, `--cache=${cache.mount.dest}`], caches: [cache], mounts, nonce },
    `[${formatPlatform(platform)}] ${title}`,
  );
}
