import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BuildRequest } from "../../engines/build-request.ts";
import type { Engine } from "../../engines/engine.ts";
import { formatPlatform } from "../../image/platform.ts";

interface PlatformPlace {
  /** `linux/arm64`. */
  readonly platform: string;
  readonly place: string;
}

/**
 * Where BuildKit's exporter `local` put the files of each platform: several have a directory each, one has none. In: a file that each has;
 * the platforms that were asked for.
 */
export function platformPlaces(
  directory: string,
  file: string,
  wanted: BuildRequest["platforms"],
  engine: Engine,
): PlatformPlace[] {
  const [only = engine.platforms[0]] = wanted;
  if (existsSync(join(directory, file))) {
    return [{ platform: only === undefined ? "" : formatPlatform(only), place: directory }];
  }
  return readdirSync(directory).map((name) => ({
    platform: name.replaceAll("_", "/"),
    place: join(directory, name),
  }));
}
