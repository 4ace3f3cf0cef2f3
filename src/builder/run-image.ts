import { imageEnv } from "../image/image-config.ts";
import type { PlatformImage } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import { present } from "../present.ts";
import { baseIdLabel, distroNameLabel, distroVersionLabel } from "./labels.ts";

/** What buildpacks are told to build for. Source: CNB platform spec, "analyzed.toml", `run-image.target`. */
export interface Target {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly id?: string;
  /** Absent: the image does not say; the lifecycle then reads the build image's os-release. */
  readonly distro?: { readonly name: string; readonly version: string };
}

/** What one platform's run image says of itself. */
export interface RunImageMetadata {
  readonly platform: Platform;
  readonly target: Target;
  /** Digests of its unpacked layers, lowest first. Absent: nobody knows them. */
  readonly diffIds?: readonly string[];
  /** `uid`, `uid:gid` or names; empty means root. */
  readonly user: string;
  /** Absent: the image sets no PATH. */
  readonly path?: string;
}

/** Reads one platform's run image. Source: CNB platform spec, "Run Image". */
export function readRunImage({ platform, config }: PlatformImage): RunImageMetadata {
  const { labels } = config;
  const id = labels[baseIdLabel];
  const name = labels[distroNameLabel];
  const version = labels[distroVersionLabel];
  const path = imageEnv(config, "PATH");
  return {
    platform,
    target: {
      os: config.os,
      architecture: config.architecture,
      ...present({ variant: config.variant }),
      ...(id === undefined || id === "" ? {} : { id }),
      ...(name === undefined && version === undefined
        ? {}
        : { distro: { name: name ?? "", version: version ?? "" } }),
    },
    user: config.user,
    ...present({ diffIds: config.diffIds }),
    ...(path === undefined || path === "" ? {} : { path }),
  };
}
