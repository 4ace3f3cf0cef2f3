import type { Report } from "../../src/diagnostics/diagnostic.ts";
import { cacheImageName } from "../../src/options/values/cache-image.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { CacheStepHost, ExportStage } from "../graph/cache-step.ts";
import type { ScopedBuild } from "../request/cache-scope.ts";
import type { FrontendOptions } from "../request/options.ts";
import type { GatewayImages } from "../sources/image-source.ts";
import { fetchCaches } from "./fetch-cache.ts";
import { seedCaches } from "./seed-cache.ts";

interface FillRequest extends CacheStepHost {
  readonly stages: readonly ExportStage[];
  /** Undefined: whoever builds gave none. */
  readonly scope: ScopedBuild | undefined;
  /** Name of the image with the app's cache, as it was said; undefined: there is none. */
  readonly cacheImage: string | undefined;
  readonly images: GatewayImages;
  readonly options: FrontendOptions;
  readonly report: Report;
}

/**
 * Fills caches that are empty: from the image of their scope, else from the base's cache, else from the base's image. Out: platforms
 * whose caches were found empty where there is an image.
 */
export async function fillCaches(
  gateway: Gateway,
  { scope, cacheImage, ...request }: FillRequest,
): Promise<ReadonlySet<string>> {
  const fetch = async (own: string | undefined) => {
    const name = cacheImage === undefined ? undefined : cacheImageName(cacheImage, own);
    return name === undefined ? [] : fetchCaches(gateway, { ...request, name });
  };
  const empty = await fetch(scope?.own);
  if (scope?.base === undefined) return new Set(empty);
  await seedCaches(gateway, { ...request, scope });
  return new Set([...empty, ...(await fetch(scope.base))]);
}
