import { readPackage } from "../builder/read-buildpacks.ts";
import { type ModuleKind, moduleNames } from "../contract/module-kind.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation } from "../diagnostics/diagnostic.ts";
import { type ImageSource, pinnedName, type ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, type Platform, samePlatform } from "../image/platform.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import type { ModuleContents } from "./module-contents.ts";
import { noPackage } from "./wrong-module.ts";

/** Where a package is asked for, what is to be in it, and the platforms that it is to be there for. */
interface BuildpackageRequest {
  readonly images: ImageSource;
  readonly platforms: readonly Platform[];
  readonly kind: ModuleKind;
  /** Where it is named. */
  readonly location: SourceLocation;
}

/**
 * Reads which buildpacks a buildpackage of a registry holds, or which image extension another package. Out: them, and its name with its digest.
 * Throws CompileError where it is not there, is no such package, or lacks a platform.
 */
export async function readBuildpackageImage(
  reference: ImageReference,
  request: BuildpackageRequest,
): Promise<ModuleContents & { readonly pinned: string }> {
  const image = formatReference(reference);
  const resolved = await resolve(reference, request);
  const configs = resolved.images.map(({ config }) => config);
  const packages = configs.map((config) => readPackage(config, image, request.kind));
  const [first] = packages;
  if (first === undefined || packages.some((own) => own === undefined)) {
    throw new CompileError([noPackage(configs, image, request)]);
  }
  const buildpacks = [...first.buildpacks.values()].flat();
  return { main: first.main, buildpacks, pinned: pinnedName(resolved) };
}

async function resolve(
  reference: ImageReference,
  { images, platforms, kind, location }: BuildpackageRequest,
): Promise<ResolvedImage> {
  const image = formatReference(reference);
  const resolved = await images.resolve(reference, platforms);
  if (resolved === undefined) {
    throw new CompileError([diagnose("plan/image-not-found", { role: moduleNames[kind], image }, location)]);
  }
  // One image without an index is for every platform that its buildpacks' targets allow.
  if (resolved.available.length === 1 && resolved.images.length === 0) {
    return (await images.resolve(reference, undefined)) ?? resolved;
  }
  const lacking =
    resolved.available.length === 1
      ? []
      : platforms.filter((platform) => !resolved.images.some((own) => samePlatform(own.platform, platform)));
  if (lacking.length === 0) return resolved;
  throw new CompileError(
    lacking.map((platform) =>
      diagnose(
        "plan/platform-missing",
        {
          role: moduleNames[kind],
          image,
          platform: formatPlatform(platform),
          available: resolved.available.map(formatPlatform),
        },
        location,
      ),
    ),
  );
}
