import type { LifecyclePlan, PlatformPlan, PreviousPlan, TomlTable } from "../plan/lifecycle-plan.ts";
import { previousContext } from "./paths.ts";

/**
 * What the analyzer would have written; with it no phase needs a registry. The run image's digest is left out, so that
 * a patched run image with the same target runs no buildpack again. Source: platform spec, "analyzed.toml".
 */
export function analyzedToml({ runImage }: LifecyclePlan, target: PlatformPlan["target"]): TomlTable {
  const { os, architecture, variant, id, distro } = target;
  return {
    "run-image": {
      image: runImage.name,
      // The lifecycle 0.17 asks a registry when this is empty; any name will do.
      reference: runImage.name,
      target: {
        ...(id === undefined ? {} : { id }),
        os,
        arch: architecture,
        // The spec's text says `variant`; this is the key that the lifecycle reads.
        ...(variant === undefined ? {} : { "arch-variant": variant }),
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
    metadata: { buildpacks: previous.buildpacks.map(buildpackToml) },
  };
}

/** Without the layers' digests: the restorer holds them against cached layers alone, and none of these is cached. */
function buildpackToml({ id, layers, store }: PreviousPlan["buildpacks"][number]): TomlTable {
  return {
    key: id,
    layers: Object.fromEntries(
      layers.map(({ name, metadata }) => [
        name,
        { launch: true, ...(metadata === undefined ? {} : { metadata }) },
      ]),
    ),
    ...(store === undefined ? {} : { store: { metadata: store } }),
  };
}
