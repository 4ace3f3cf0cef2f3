import { randomUUID } from "node:crypto";
import { formatPlatform } from "../../src/image/platform.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { type CacheStepHost, cacheStep, type ExportStage } from "../graph/cache-step.ts";
import { cacheMountOf } from "../graph/definition.ts";
import { definitionFor } from "../graph/llb.ts";
import { mountIdIn, type ScopedBuild, withoutNamespace } from "../request/cache-scope.ts";

interface SeedRequest extends CacheStepHost {
  readonly scope: ScopedBuild;
  readonly stages: readonly ExportStage[];
}

/** Where the base's cache is mounted. */
const baseDirectory = "/base";

/**
 * Fills caches that are empty from those of the base, which are mounted read-only. BuildKit does not look into a mount: the
 * steps are new ones each time. Throws ConnectError.
 */
export async function seedCaches(gateway: Gateway, { scope, ...request }: SeedRequest): Promise<void> {
  const { base } = scope;
  if (base === undefined) return;
  const nonce = randomUUID();
  await Promise.all(
    request.stages.map(async ({ platform, exported }) => {
      const own = cacheMountOf(exported);
      const cacheOpt = own?.mount.cacheOpt;
      const id = cacheOpt && mountIdIn(withoutNamespace(cacheOpt.id, scope.namespace), scope, base);
      if (own === undefined || cacheOpt === undefined || id === undefined) return;
      const basic = {
        from: own.from,
        mount: {
          ...own.mount,
          ...{ dest: baseDirectory, readonly: true },
          cacheOpt: { ...cacheOpt, id: `${scope.namespace}/${id}` },
        },
      };
      const places = [`--cache=${own.mount.dest}`, `--base=${baseDirectory}`];
      const state = cacheStep(
        request,
        {
          words: ["cache-seed", ...places, `--base-scope=${base}`],
          // Each step holds its caches alone. Two that take hold of the same two in two orders would wait for each other.
          caches: base < scope.own ? [basic, own] : [own, basic],
          nonce,
        },
        `[${formatPlatform(platform)}] look for a buildpack cache in ${scope.own}, then in ${base}`,
      );
      await gateway.solveGraph(definitionFor(state), true);
    }),
  );
}
