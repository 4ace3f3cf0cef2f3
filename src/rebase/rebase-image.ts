import { epochTime } from "../contract/epoch.ts";
import { escapedAsGo } from "../contract/go-json.ts";
import { lifecycleMetadataLabel } from "../contract/label-names.ts";
import type { WholeDescriptor, WholeManifest } from "../image/manifest.ts";
import { layerTypeIn } from "../image/media-types.ts";
import { layerHistory, type WholeConfig } from "../image/whole-config.ts";
import { present } from "../present.ts";
import type { WholePlatformImage } from "../registry/store/whole-image.ts";
import { changeRunImage } from "./label-run-image.ts";

/** Labels that an app's image has from its run image. Source: the lifecycle's rebaser 0.21 (`SyncLabels`). */
const baseLabel = /^io\.buildpacks\.(stack|base)\./;

export interface ImageRebase {
  readonly app: WholePlatformImage;
  /** How many of the app's layers are the run image's. */
  readonly baseLayers: number;
  readonly run: WholePlatformImage;
  /** `name:tag@sha256:…` of the run image. */
  readonly reference: string;
  /** A name that the app's label does not have. Absent: it has it. */
  readonly newName?: string;
}

/** An image that stands on the run image as it is now. */
export interface RebasedImage {
  readonly config: Buffer;
  /** Its config's digest and size are still to be filled in. */
  readonly manifest: WholeManifest;
}

/** Whether the image stands on this run image already, and says so. A digest alone is no reason to make another. */
export function isCurrent({ app, baseLayers, run, newName }: ImageRebase): boolean {
  const has = app.config.rootfs.diff_ids.slice(0, baseLayers);
  const wanted = run.config.rootfs.diff_ids;
  return (
    newName === undefined &&
    has.length === wanted.length &&
    has.every((diffId, index) => diffId === wanted[index]) &&
    JSON.stringify(sorted(labelsOf(app.config))) === JSON.stringify(sorted(syncedLabels(app, run)))
  );
}

/**
 * Puts an app's layers upon another run image. Environment and the rest of `config` stay the app's, as the lifecycle has it;
 * the layers' history, which the lifecycle drops, is kept. Source: the lifecycle's rebaser 0.21, imgutil (`Rebase`).
 */
export function rebaseImage({ app, baseLayers, run, reference, newName }: ImageRebase): RebasedImage {
  const { stored, config } = app;
  const topLayer = run.config.rootfs.diff_ids.at(-1) ?? "";
  const label = changeRunImage(labelsOf(config)[lifecycleMetadataLabel] ?? "{}", {
    ...{ topLayer, reference },
    ...present({ name: newName }),
  });
  const { os, architecture, variant } = run.config;
  const rebased = {
    ...config,
    ...{ os, architecture, variant, created: epochTime },
    "os.version": run.config["os.version"],
    "os.features": run.config["os.features"],
    config: { ...config.config, Labels: { ...syncedLabels(app, run), [lifecycleMetadataLabel]: label } },
    history: [...historyOf(run.config), ...historyOf(config).slice(baseLayers)],
    rootfs: {
      ...config.rootfs,
      diff_ids: [...run.config.rootfs.diff_ids, ...config.rootfs.diff_ids.slice(baseLayers)],
    },
  };
  // One manifest has the types of OCI or those of docker.
  const typeOf = ({ mediaType = "" }: WholeDescriptor) => {
    const twin = layerTypeIn(stored.mediaType, mediaType);
    return twin === undefined ? {} : { mediaType: twin };
  };
  return {
    config: Buffer.from(escapedAsGo(JSON.stringify(rebased))),
    manifest: {
      ...stored.value,
      layers: [
        ...run.stored.value.layers.map((layer) => ({ ...withoutNotes(layer), ...typeOf(layer) })),
        ...stored.value.layers.slice(baseLayers),
      ],
    },
  };
}

function labelsOf({ config }: WholeConfig): Readonly<Record<string, string>> {
  return config?.Labels ?? {};
}

/** Labels in their old places, the run image's new ones at the end. */
function syncedLabels(app: WholePlatformImage, run: WholePlatformImage): Record<string, string> {
  const offered = Object.entries(labelsOf(run.config)).filter(([name]) => baseLabel.test(name));
  const names = new Set(offered.map(([name]) => name));
  const kept = Object.entries(labelsOf(app.config)).filter(
    ([name]) => !baseLabel.test(name) || names.has(name),
  );
  return Object.fromEntries([...kept, ...offered]);
}

function sorted(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** An entry for each layer; where they do not belong to each other one to one, entries that say nothing. */
function historyOf(config: WholeConfig): object[] {
  const entries = layerHistory(config);
  const { diff_ids: diffIds } = config.rootfs;
  const belongs = entries.length === diffIds.length;
  return diffIds.map((_, index) => ({ ...(belongs ? entries[index] : {}), created: epochTime }));
}

/** Without what a BuildKit notes on how it made the layer; a build does not hand that on either. */
function withoutNotes({ annotations, ...layer }: WholeDescriptor): WholeDescriptor {
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !name.startsWith("buildkit/"));
  return { ...layer, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) };
}

/** Layers that the rebased image has from its run image, but for those that registries are not to hold. */
export function baseBlobs({ run }: Pick<ImageRebase, "run">): WholeDescriptor[] {
  return run.stored.value.layers.filter(({ urls }) => urls === undefined || urls.length === 0);
}
