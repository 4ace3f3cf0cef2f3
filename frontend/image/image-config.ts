import * as v from "valibot";
import type { ImageDescription } from "../../src/contract/image-description.ts";
import { lifecycleMetadataLabel } from "../../src/contract/label-names.ts";
import { lifecycleLabel } from "../../src/contract/lifecycle-label.ts";
import { type BaseConfig, baseConfigSchema, layerHistory } from "../../src/image/whole-config.ts";
import type { AppPlan } from "../../src/plan/lifecycle-plan.ts";

export interface ConfigRequest {
  /** The run image's config, as its registry has it. */
  readonly base: Uint8Array;
  readonly image: ImageDescription;
  /** What made each layer that image extensions put between the run image and the image's own; absent: there are none. */
  readonly extensionHistory?: readonly string[];
  /** diffIDs of the image's own layers, in their order. */
  readonly diffIds: readonly string[];
  readonly runImage: AppPlan["runImage"];
  /** Labels that the build was asked for beside its own. */
  readonly labels: Readonly<Record<string, string>>;
  /** Time of the image and of all its history, in seconds since 1970. */
  readonly createdSeconds: number;
}

/**
 * The config of the finished image, as JSON without `rootfs`, which BuildKit adds.
 * Every layer has its one history entry, with a time: BuildKit would fill in what lacks, with the clock.
 * Source: CNB platform spec, "exporter"; docs/design/assembly.md.
 */
export function finishedConfig(request: ConfigRequest): Uint8Array {
  const { base, image, diffIds, runImage, labels, createdSeconds, extensionHistory = [] } = request;
  const created = new Date(createdSeconds * 1000).toISOString().replace(".000Z", "Z");
  const whole = readBase(base);
  // Its keys stay as they are.
  const { rootfs, history: _, config, ...rest } = whole;
  const topLayer = rootfs.diff_ids.at(-1) ?? "";
  const { reference, listed } = runImage;
  const layers = layerHistory(whole);
  // The lifecycle drops what does not belong to the layers one to one.
  const baseHistory = layers.length === rootfs.diff_ids.length ? layers : rootfs.diff_ids.map(() => ({}));
  const { Env, Labels, ...kept } = config ?? {};
  const result = {
    ...rest,
    created,
    config: {
      ...kept,
      Env: environment(Env ?? [], image.config),
      Entrypoint: image.config.entrypoint,
      Cmd: undefined,
      WorkingDir: image.config.workingDirectory,
      Labels: {
        ...Labels,
        ...image.labels,
        [lifecycleMetadataLabel]: lifecycleLabel(image, diffIds, {
          topLayer,
          reference,
          ...listed,
        }),
        ...labels,
      },
    },
    history: [
      ...baseHistory.map((entry) => ({ ...entry, created })),
      ...[...extensionHistory, ...image.layers.map(({ history: text }) => text)].map((text) => ({
        ...{ created, created_by: text },
      })),
    ],
  };
  return Buffer.from(JSON.stringify(result));
}

/** diffIDs of a run image's layers, the lowest first. In: its config. */
export function layersOf(config: Uint8Array): string[] {
  return readBase(config).rootfs.diff_ids;
}

function readBase(config: Uint8Array): BaseConfig {
  const value: unknown = JSON.parse(Buffer.from(config).toString());
  v.assert(baseConfigSchema, value);
  return value;
}

/** Each variable in its old place, new ones at the end. */
function environment(base: readonly string[], { env, pathPrefix }: ImageDescription["config"]): string[] {
  const values = new Map(
    base.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  for (const { name, value } of env) values.set(name, value);
  values.set("PATH", `${pathPrefix}${values.get("PATH") ?? ""}`);
  return [...values].map(([name, value]) => `${name}=${value}`);
}
