import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import type { Platform } from "../../image/platform.ts";
import { formatReference, type ImageReference } from "../../image/reference.ts";
import {
  type FoundRunImage,
  fits,
  type RebaseTarget,
  readTargets,
  runImageNames,
} from "../../rebase/plan-rebase.ts";
import { platformsOf, readWholeImage, type WholeImage } from "../../registry/store/whole-image.ts";
import type { Repositories } from "./repositories.ts";

/** An app's image as its registry has it, and the run images that its platforms are to stand on. */
interface OpenedImages {
  readonly image: WholeImage;
  readonly targets: readonly (RebaseTarget & { readonly runImage: FoundRunImage })[];
}

/**
 * Reads manifests and configs, and no layer. In: the app's image; the run image that was asked for, absent: those of the
 * app's labels. Throws CompileError where one is not there, or no buildpacks made it.
 */
export async function openImages(
  reference: ImageReference,
  wanted: ImageReference | undefined,
  repositories: Repositories,
): Promise<OpenedImages> {
  const name = reference.digest ?? reference.tag ?? "latest";
  const image = await readWholeImage(repositories.client(reference, "origin"), name);
  if (image === undefined) {
    const shown = formatReference(reference);
    throw new CompileError([diagnose("rebase/image-not-found", { image: shown }, { file: shown })]);
  }
  const targets = readTargets(reference, image);
  const platforms = targets.map(({ app }) => app.platform);
  const read = new Map<string, Promise<FoundRunImage | undefined>>();
  const find = (named: ImageReference) => {
    const key = formatReference(named);
    const found = read.get(key) ?? readRunImage(named, platforms, repositories);
    read.set(key, found);
    return found;
  };
  return {
    image,
    targets: await Promise.all(
      targets.map(async (target) => ({
        ...target,
        runImage: await firstFound(runImageNames(target, reference, wanted), find),
      })),
    ),
  };
}

/** One that may not be read counts as one that is not there, as long as there is another. */
async function firstFound(
  names: readonly ImageReference[],
  find: (name: ImageReference) => Promise<FoundRunImage | undefined>,
): Promise<FoundRunImage> {
  let denied: unknown;
  for (const name of names) {
    const found = await find(name).catch((error: unknown) => {
      if (!isDenied(error)) throw error;
      denied ??= error;
    });
    if (found !== undefined) return found;
  }
  if (denied !== undefined) throw denied;
  const tried = names.map(formatReference);
  throw new CompileError([diagnose("rebase/run-image-not-found", { tried }, { file: tried[0] ?? "" })]);
}

async function readRunImage(
  reference: ImageReference,
  platforms: readonly Platform[],
  repositories: Repositories,
): Promise<FoundRunImage | undefined> {
  const name = reference.digest ?? reference.tag ?? "latest";
  const isWanted = (platform: Platform) => platforms.some((app) => fits(platform, app));
  const image = await readWholeImage(repositories.client(reference, "anywhere"), name, isWanted);
  return image && { reference, image, available: platformsOf(image) };
}

function isDenied(error: unknown): boolean {
  return error instanceof CompileError && error.diagnostics.every(({ code }) => code === "registry/denied");
}
