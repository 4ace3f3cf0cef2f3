import type { Border } from "../files/border.ts";
import type { BuildEnding } from "./build-ending.ts";
import type { BuildOrder } from "./build-order.ts";
import type { BuildPorts } from "./build-ports.ts";
import { exportCache, importCache, warnInside } from "./caches/buildpack-cache.ts";
import {
  type CachePlace,
  cacheOfDockerfile,
  requireCachePlace,
  requireOwnLinks,
} from "./caches/cache-place.ts";
import { openBuild } from "./open-build.ts";

/** Where an app's buildpack cache goes: `export`, out of BuildKit, `import`, into it. */
interface CacheMove {
  readonly action: "export" | "import";
  readonly place: CachePlace;
}

/** Moves the buildpack cache of an app. In: the order that the app is built by. Throws as `buildImage`. */
export function moveCache(
  order: BuildOrder,
  { action, place }: CacheMove,
  ports: BuildPorts,
): Promise<BuildEnding> {
  const opening = {
    // A daemon that writes no archives exports no index either.
    needsArchive: action === "export",
    wants: "nothing" as const,
    onlyProjects: false,
    requirePlaces: (border: Border) => {
      if (action === "import") requireOwnLinks(place, border, "cache import");
      else requireCachePlace(place, border, place.shown);
    },
  };
  return openBuild(order, opening, ports, ({ engine, request, border, kind, source }) => {
    if (kind === "dockerfile") throw cacheOfDockerfile(request.file.name);
    const transfer = { engine, request, border, isDryRun: order.shown.isDryRun, ports };
    if (action === "import") return importCache(transfer, place);
    warnInside(place, source.directory, border, ports.report);
    return exportCache(transfer, place);
  });
}
