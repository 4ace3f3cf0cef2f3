import { ConnectError } from "@connectrpc/connect";
import { cacheThere } from "../../src/contract/cache/carried-cache.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError, type Report, TemporaryError } from "../../src/diagnostics/diagnostic.ts";
import { formatPlatform } from "../../src/image/platform.ts";
import { fullName, parseReference, pinReference } from "../../src/image/reference.ts";
import type { Gateway } from "../bridge/gateway.ts";
import {
  askCache,
  type CacheStepHost,
  cachesOf,
  type ExportStage,
  type PlatformCache,
} from "../graph/cache-step.ts";
import { image, platformOf } from "../graph/llb.ts";
import { mountIdIn, scopeOf } from "../request/cache-scope.ts";
import type { FrontendOptions } from "../request/options.ts";
import type { GatewayImages } from "../sources/image-source.ts";
import { mountId } from "./carry-cache.ts";

interface FetchRequest extends CacheStepHost {
  readonly stages: readonly ExportStage[];
  /** Name of the image, with registry and tag. */
  readonly name: string;
  readonly images: GatewayImages;
  readonly options: FrontendOptions;
  readonly report: Report;
}

/**
 * Fills caches that are empty from an image that an earlier build left in a registry, of any machine. BuildKit fetches it with
 * the client's credentials, and only where a cache is empty. An image that is not there is no fault; one that cannot be read, or
 * is of another app, is a warning, and the buildpacks make everything. Out: platforms whose caches were empty. Throws ConnectError of the
 * look into the mount alone.
 */
export async function fetchCaches(gateway: Gateway, request: FetchRequest): Promise<readonly string[]> {
  const looked = await Promise.all(
    cachesOf(request.stages).map(async (one) => {
      const platform = formatPlatform(one.platform);
      if (!(await isEmpty(gateway, request, one))) return [];
      const reason = await take(gateway, request, one).catch(reasonOf);
      if (reason !== undefined) {
        const values = { image: request.name, platform, reason };
        request.report(diagnose("frontend/cache-image-unusable", values));
      }
      return [platform];
    }),
  );
  return looked.flat();
}

async function isEmpty(gateway: Gateway, request: FetchRequest, one: PlatformCache): Promise<boolean> {
  const look = { words: ["cache-look"], title: "look for the buildpack cache" };
  return (await askCache(gateway, request, one, look)) !== cacheThere;
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
  const mount = mountId(one.cache, options);
  const scope = scopeOf(options);
  const other = scope?.base === undefined ? undefined : mountIdIn(mount, scope, scope.base);
  const taking = {
    words: [
      ...["cache-take", "--from=/carried", `--mount=${mount}`],
      ...(other === undefined ? [] : [`--or=${other}`]),
    ],
    mounts: [{ state, target: "/carried" }],
    title: `take the buildpack cache from ${name}`,
  };
  return (await askCache(gateway, request, one, taking)) || undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof ConnectError) return error.rawMessage;
  if (error instanceof CompileError || error instanceof TemporaryError) {
    const faults = error instanceof CompileError ? error.diagnostics : [error.diagnostic];
    return faults.map(({ message }) => message.replace(/\.$/, "")).join("; ");
  }
  throw error;
}
