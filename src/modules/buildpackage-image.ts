import { readBuildpackage } from "../builder/read-buildpacks.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation } from "../diagnostics/diagnostic.ts";
import { type ImageSource, pinnedName, type ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, type Platform, samePlatform } from "../image/platform.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import type { ModuleContents } from "./module-contents.ts";

/** Where a buildpackage is asked for, and the platforms that it is to be there for. */
interface BuildpackageRequest {
  readonly images: ImageSource;
  readonly platforms: readonly Platform[];
  /** Where it is named. */
  readonly location: SourceLocation;
}

/**
 * Reads which buildpacks a buildpackage of a registry holds. Out: them, and its name with its digest.
 * Throws CompileError where it is not there, is no buildpackage, or lacks a platform.
 */
export async function readBuildpackageImage(
  reference: ImageReference,
  request: BuildpackageRequest,
): Promise<ModuleContents & { readonly pinned: string }> {
  const image = formatReference(reference);
  const resolved = await resolve(reference, request);
  const packages = resolved.images.map(({ config }) => readBuildpackage(config, image));
  const [first] = packages;
  if (first === undefined || packages.some((own) => own === undefined)) {
    throw new CompileError([diagnose("modules/not-a-buildpackage", { image }, request.location)]);
  }
  const buildpacks = [...first.buildpacks.values()].flat();
  return { main: first.main, buildpacks, pinned: pinnedName(resolved) };
}

async function resolve(
  reference: ImageReference,
  { images, platforms, location }: BuildpackageRequest,
): Promise<ResolvedImage> {
  const image = formatReference(reference);
  const resolved = await images.resolve(reference, platforms);
  if (resolved === undefined) {
    throw new CompileError([diagnose("plan/image-not-found", { role: "buildpack", image }, location)]);
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
          role: "buildpack",
          image,
          platform: formatPlatform(platform),
          available: resolved.available.map(formatPlatform),
        },
        location,
      ),
    ),
  );
}
