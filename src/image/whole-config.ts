import * as v from "valibot";
import { digestSchema } from "./digest.ts";
import { record } from "./record.ts";

/** What a container is started with. Docker writes `null` where a list or map is empty. Other keys stay. */
export const runConfigSchema = v.looseObject({
  Env: v.nullish(v.array(v.string())),
  User: v.nullish(v.string()),
  Labels: v.nullish(record(v.string(), v.string())),
});
export const readConfigSchema = v.looseObject({
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
export const wholeConfigSchema = v.looseObject({ ...readConfigSchema.entries, ...baseConfigSchema.entries });
export type WholeConfig = v.InferInput<typeof wholeConfigSchema>;

/** History entries of layers: those without one are of instructions alone. */
export function layerHistory({ history }: Pick<BaseConfig, "history">): readonly object[] {
  return (history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true);
}
