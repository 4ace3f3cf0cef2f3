import type { LifecycleMetadata, PreviousImageMetadata, PreviousLayer } from "../builder/previous-image.ts";
import type { RunImageMetadata } from "../builder/run-image.ts";
import type { UnusedReason } from "../diagnostics/catalog/plan/plan-images.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, samePlatform } from "../image/platform.ts";
import { formatReference, type ImageReference, parseReference } from "../image/reference.ts";
import { present } from "../present.ts";
import { tomlOfJson, tomlTableOfJson } from "../toml/toml-of-json.ts";
import { previousImageLocation } from "./images.ts";
import type { OfferedLayer, PreviousPlan } from "./lifecycle-plan.ts";
import { defaultExecEnv } from "./order/entries.ts";

/** An earlier image of the app, and what it says of itself on each of the platforms that it has. */
export interface PreviousImage {
  readonly image: ResolvedImage;
  readonly metadata: readonly PreviousImageMetadata[];
}

interface PreviousRequest {
  readonly previous: PreviousImage;
  /** As this build is to have it. */
  readonly runImage: ImageReference;
  readonly execEnv: string;
}

/**
 * What a platform's buildpacks are offered of an earlier image: layers that are for launch alone, and stores. Layers
 * that are cached come back from the cache with metadata of their own; the label's digest is that of another tar, and
 * with it the restorer would drop them. Of these, and of layers for the build, the image has contents that a buildpack may keep
 * unasked. Undefined: nothing; where there might have been something, a warning says why.
 */
export function planPreviousImage(
  request: PreviousRequest,
  runImage: RunImageMetadata,
  report: Report,
): PreviousPlan | undefined {
  const { previous } = request;
  const { platform } = runImage;
  const unused = (reason: UnusedReason) => {
    const values = {
      image: formatReference(previous.image.reference),
      platform: formatPlatform(platform),
      reason,
    };
    report(diagnose("plan/previous-image-unused", values, previousImageLocation));
    return undefined;
  };
  const metadata = previous.metadata.find((one) => samePlatform(one.platform, platform));
  if (metadata === undefined) {
    return unused({ kind: "platform", available: previous.image.available.map(formatPlatform) });
  }
  const { lifecycle, execEnv = defaultExecEnv, diffIds } = metadata;
  if (lifecycle === undefined) return unused({ kind: "no label" });
  if (execEnv !== request.execEnv)
    return unused({ kind: "exec env", found: execEnv, wanted: request.execEnv });
  const other = otherRunImage(request.runImage, runImage, lifecycle, diffIds);
  if (other !== undefined) return unused(other);
  const missing = lifecycle.buildpacks.flatMap(({ id, layers }) =>
    layers.filter(({ launch, sha }) => launch && !diffIds.includes(sha)).map(({ name }) => `${id}:${name}`),
  );
  if (missing.length > 0) return unused({ kind: "layers", layers: missing });
  const buildpacks = offeredBuildpacks(lifecycle);
  if (buildpacks.length === 0) return undefined;
  return { buildpacks, hasSbom: lifecycle.sbom !== undefined && diffIds.includes(lifecycle.sbom) };
}

/** Names may differ where one is a mirror; the layers below the app's have to be the very same. */
function otherRunImage(
  reference: ImageReference,
  { diffIds: base = [] }: RunImageMetadata,
  { runImages, topLayer }: LifecycleMetadata,
  diffIds: readonly string[],
): UnusedReason | undefined {
  const isNamed = runImages.some((name) => {
    const found = parseReference(name);
    return found?.registry === reference.registry && found.repository === reference.repository;
  });
  const wanted = formatReference(reference);
  if (!isNamed) return { kind: "run image", found: runImages[0] ?? "that it does not name", wanted };
  const isSame = topLayer === base.at(-1) && base.every((layer, index) => layer === diffIds[index]);
  return isSame ? undefined : { kind: "run image layers", runImage: wanted };
}

/** Sorted, so that two images that hold the same are the same to the steps behind. */
function offeredBuildpacks({ buildpacks }: LifecycleMetadata): PreviousPlan["buildpacks"] {
  return buildpacks
    .map(({ id, layers, store }) => ({
      id,
      layers: sorted(
        layers.filter(({ launch }) => launch),
        ({ name }) => name,
      ).map(offeredLayer),
      ...(store === undefined ? {} : { store: tomlTableOfJson(store) }),
    }))
    .filter(({ layers, store }) => layers.length > 0 || store !== undefined)
    .sort((a, b) => compare(a.id, b.id));
}

/** Any launch layer may be kept without its contents. Source: lifecycle, restorer and exporter. */
function offeredLayer({ name, data, build, cache }: PreviousLayer): OfferedLayer {
  if (build || cache) return { name, also: cache ? "cache" : "build" };
  const metadata = tomlOfJson(data);
  return { name, ...present({ metadata }) };
}

function sorted<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...items].sort((a, b) => compare(key(a), key(b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
