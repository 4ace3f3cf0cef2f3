import * as v from "valibot";
import { baseConfigSchema, layerHistory, runConfigSchema } from "../../src/image/whole-config.ts";

/** What Go reads as true. Source: `strconv.ParseBool`. */
const trueTexts = ["1", "t", "T", "TRUE", "true", "True"];

/** What of a config matters here. BuildKit's Dockerfile frontend gives one that it has not finished. */
const configSchema = v.looseObject({
  config: v.nullish(runConfigSchema),
  history: baseConfigSchema.entries.history,
});
type Config = v.InferOutput<typeof configSchema>;

const layerSchema = v.object({ created_by: v.nullish(v.string(), "") });

function readConfig(config: Uint8Array): Config {
  return v.parse(configSchema, JSON.parse(Buffer.from(config).toString()));
}

/** The user of an image, and his group, as text; empty: none is named. */
export function userOf(config: Uint8Array): { readonly user: string; readonly group: string } {
  const [user = "", group = ""] = (readConfig(config).config?.User ?? "").split(":");
  return { user, group };
}

/** What made each layer of an image, lowest first. */
export function layerTexts(config: Uint8Array): string[] {
  return layerHistory(readConfig(config)).map((entry) => v.parse(layerSchema, entry).created_by);
}

/** Whether an image says that another run image can take the place of what is below its layers. */
export function saysRebasable(config: Uint8Array, label: string): boolean {
  const { Labels: labels } = readConfig(config).config ?? {};
  const value = labels != null && Object.hasOwn(labels, label) ? labels[label] : undefined;
  return value !== undefined && trueTexts.includes(value);
}

/**
 * The config with a label, upon the layers and the history of another. Triggers (ONBUILD) are left out: they would run in a build of somebody
 * else that begins with the app's image.
 */
export function changedConfig(
  config: Uint8Array,
  base: Uint8Array,
  labels: Readonly<Record<string, string>>,
): Uint8Array {
  const { config: run, ...rest } = readConfig(config);
  const { rootfs, history } = v.parse(baseConfigSchema, JSON.parse(Buffer.from(base).toString()));
  const { OnBuild: _, ...kept } = run ?? {};
  const Labels = { ...kept.Labels, ...labels };
  return Buffer.from(JSON.stringify({ ...rest, config: { ...kept, Labels }, rootfs, history }));
}
