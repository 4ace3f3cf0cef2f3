import * as v from "valibot";
import { present } from "../present.ts";
import { readConfigSchema } from "./whole-config.ts";

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

/** Checks a config blob's JSON. Undefined: it is not an image config. */
export function readImageConfig(value: unknown): ImageConfig | undefined {
  const result = v.safeParse(readConfigSchema, value);
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
    ...present({ diffIds }),
  };
}

/** Value of an environment variable of the image; the last one wins, as at run time. */
export function imageEnv(config: ImageConfig, name: string): string | undefined {
  const entry = config.env.findLast((line) => line.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}
