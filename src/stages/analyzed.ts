import type { LifecyclePlan, OfferedLayer, PlatformPlan, PreviousPlan } from "../plan/lifecycle-plan.ts";
import { present } from "../present.ts";
import type { TomlTable } from "../toml/toml-table.ts";
import { previousContext } from "./paths.ts";

type OfferedBuildpack = PreviousPlan["buildpacks"][number];

/**
 * What the analyzer would have written; with it no phase needs a registry. The run image's digest is left out, so that
 * a patched run image with the same target runs no buildpack again. Source: platform spec, "analyzed.toml".
 */
export function analyzedToml(
  { runImage }: { readonly runImage: Pick<LifecyclePlan["runImage"], "name"> },
  target: PlatformPlan["target"],
): TomlTable {
  const { os, architecture, variant, id, distro } = target;
  return {
    "run-image": {
      image: runImage.name,
      // The lifecycle 0.17 asks a registry when this is empty; any name will do.
      reference: runImage.name,
      target: {
        ...present({ id }),
        os,
        arch: architecture,
        // The spec's text says `variant`; this is the key that the lifecycle reads.
        ...present({ "arch-variant": variant }),
        ...(distro === undefined ? {} : { distro: { name: distro.name, version: distro.version } }),
      },
    },
  };
}

/** The same with what a previous image offers. Only the exporter reads that image's name, and here there is none. */
export function restorableToml(plan: LifecyclePlan, { target, previous }: PlatformPlan): TomlTable {
  const analyzed = analyzedToml(plan, target);
  if (previous === undefined) return analyzed;
  return {
    ...analyzed,
    image: { reference: previousContext },
    metadata: {
      buildpacks: [...previous.buildpacks.map(buildpackToml), ...previous.buildpacks.flatMap(cachedToml)],
    },
  };
}

/**
 * Without the layers' digests: the restorer holds them against cached layers alone, and none of these is cached. It passes over
 * those for the build.
 */
function buildpackToml({ id, layers, store }: OfferedBuildpack): TomlTable {
  return {
    key: id,
    layers: layersToml(layers.filter(({ also }) => also !== "cache")),
    ...(store === undefined ? {} : { store: { metadata: store } }),
  };
}

/**
 * Cached layers come back from the cache, from which the restorer would take none that it finds here. It reads the first entry of
 * an id alone; the export program reads all.
 */
function cachedToml({ id, layers }: OfferedBuildpack): TomlTable[] {
  const cached = layers.filter(({ also }) => also === "cache");
  return cached.length === 0 ? [] : [{ key: id, layers: layersToml(cached) }];
}

function layersToml(layers: readonly OfferedLayer[]): TomlTable {
  return Object.fromEntries(
    layers.map(({ name, also, metadata }) => [
      name,
      {
        launch: true,
        ...(also === undefined ? {} : { [also]: true }),
        ...present({ metadata }),
      },
    ]),
  );
}
