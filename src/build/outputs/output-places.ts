import { parseAttributes } from "../../engines/outputs/build-output.ts";
import type { Border } from "../../files/border.ts";
import { requireNoLink, requireNoLinkIn } from "../../files/output-links.ts";
import type { BuildOrder } from "../build-order.ts";
import {
  buildkitCacheNames,
  requireCachePlace,
  requireFree,
  requireOwnLinks,
} from "../caches/cache-place.ts";
import { requireOwnDirectory } from "./artifacts.ts";
import { flagsOfFiles, requireResultFiles } from "./result-files.ts";

/** Throws CompileError where a link of the project has a part in where something is written, or a place is taken. */
export function requireOutputPlaces(order: BuildOrder, border: Border): void {
  const { outputs, files, artifacts } = order.outputs;
  const { from, to } = order.caches.buildpacks;
  for (const { destination } of outputs) {
    if (destination !== undefined && destination !== "-")
      requireNoLink(destination, border.outputs, "--output");
  }
  for (const [name, flag] of Object.entries(flagsOfFiles)) {
    const file = files[name as keyof typeof flagsOfFiles];
    if (file !== undefined) requireNoLink(file, border.outputs, flag);
  }
  if (!order.shown.isDryRun) requireResultFiles(files);
  for (const text of order.handed.cacheTo ?? []) {
    const { type, dest } = parseAttributes(text) ?? {};
    if (type === "local" && dest !== undefined)
      requireNoLinkIn(dest, buildkitCacheNames, border.outputs, "--cache-to");
  }
  if (artifacts !== undefined) {
    requireNoLinkIn(artifacts, undefined, border.outputs, "--artifacts");
    requireOwnDirectory(artifacts);
  }
  if (from !== undefined) requireOwnLinks(from, border, "--buildpack-cache-from");
  if (to !== undefined) {
    requireCachePlace(to, border, "--buildpack-cache-to");
    requireFree(to);
  }
}

/** The border of a build that writes into directories which may hold a project's files by another name. */
export function withGuarded(border: Border, directories: readonly string[]): Border {
  return { ...border, outputs: [...border.outputs, ...directories] };
}
