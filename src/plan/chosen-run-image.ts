import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { ImageSource, ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, type Platform, samePlatform } from "../image/platform.ts";
import { parseReference } from "../image/reference.ts";

interface RunImageChoice {
  /** The extension that chose it. */
  readonly id: string;
  /** As the extension wrote it. */
  readonly name: string;
  readonly platforms: readonly Platform[];
}

/**
 * Finds a run image that an image extension chose during detection. Out: with an image for each platform, in their order. Throws CompileError
 * where the name is none, or the image is not there for a platform.
 */
export async function resolveChosenRunImage(
  images: ImageSource,
  { id, name, platforms }: RunImageChoice,
): Promise<ResolvedImage> {
  const reference = parseReference(name);
  if (reference === undefined || name === "scratch") {
    throw new CompileError([diagnose("frontend/extension-run-image-name", { id, name }, { file: id })]);
  }
  const resolved = await images.resolve(reference, platforms);
  const missing = platforms.find(
    (platform) => resolved?.images.some((image) => samePlatform(image.platform, platform)) !== true,
  );
  if (resolved !== undefined && missing === undefined) return resolved;
  const platform = missing === undefined ? "" : formatPlatform(missing);
  const values = { id, image: name, platform };
  throw new CompileError([diagnose("frontend/extension-run-image-missing", values, { file: name })]);
}
