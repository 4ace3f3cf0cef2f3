import * as v from "valibot";
import { digestSchema } from "./digest.ts";

/** The parts of an OCI image config that we read. Source: OCI image spec, "Image Configuration". */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  /** As the config has it, not normalised: `v8`. */
  readonly variant?: string;
  /** `NAME=value`, in the config's order. */
  readonly env: readonly string[];
  /** `uid`, `uid:gid` or names; empty means root. */
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Digests of the unpacked layers, lowest first. Absent: the config does not say. */
  readonly diffIds?: readonly string[];
}

/** What a container is started with. Docker writes `null` where a list or map is empty. Other keys stay. */
export const runConfigSchema = v.looseObject({
  Env: v.nullish(v.array(v.string())),
  User: v.nullish(v.string()),
  Labels: v.nullish(v.record(v.string(), v.string())),
});
const schema = v.looseObject({
  os: v.string(),
  architecture: v.string(),
  variant: v.optional(v.string()),
  config: v.nullish(runConfigSchema),
  rootfs: v.nullish(v.object({ diff_ids: v.nullish(v.array(v.string())) })),
});

/** What an image that is made upon another one has of its config. */
export const baseConfigSchema = v.looseObject({
  config: v.nullish(runConfigSchema),
  history: v.nullish(v.array(v.looseObject({ empty_layer: v.optional(v.boolean()) }))),
  rootfs: v.looseObject({ diff_ids: v.array(digestSchema) }),
});
export type BaseConfig = v.InferInput<typeof baseConfigSchema>;

/** The config of an image that is written again. */
export const wholeConfigSchema = v.looseObject({ ...schema.entries, ...baseConfigSchema.entries });
export type WholeConfig = v.InferInput<typeof wholeConfigSchema>;

/** History entries of layers: those without one are of instructions alone. */
export function layerHistory({ history }: Pick<BaseConfig, "history">): readonly object[] {
  return (history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true);
}

/** Checks a config blob's JSON. Undefined: it is not an image config. */
export function readImageConfig(value: unknown): ImageConfig | undefined {
  const result = v.safeParse(schema, value);
  if (!result.success) return undefined;
  const { os, architecture, variant, config, rootfs } = result.output;
  // `null` is an empty list, as everywhere.
  const diffIds = rootfs ? (rootfs.diff_ids ?? []) : undefined;
  return {
    os,
    architecture,
    ...(variant === undefined || variant === "" ? {} : { variant }),
    env: config?.Env ?? [],
    user: config?.User ?? "",
    labels: config?.Labels ?? {},
    ...(diffIds === undefined ? {} : { diffIds }),
  };
}

/** Value of an environment variable of the image; the last one wins, as at run time. */
export function imageEnv(config: ImageConfig, name: string): string | undefined {
  const entry = config.env.findLast((line) => line.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}
