import type { BuilderMetadata } from "../builder/builder.ts";
import type { ProjectDescriptor } from "../descriptor/project-descriptor.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic, type SourceLocation } from "../diagnostics/diagnostic.ts";
import type { ResolvedImage } from "../image/image-source.ts";
import { formatPlatform, type Platform, parsePlatform, samePlatform } from "../image/platform.ts";
import { formatReference, type ImageReference, parseReference } from "../image/reference.ts";
import { argumentNames } from "../options/build-arguments.ts";
import type { ListedRunImage } from "./lifecycle-plan.ts";
import type { CompileOptions } from "./options.ts";

/** Only a build that is to run at once can have a previous image, so there is no flag. */
export const previousImageLocation: SourceLocation = {
  file: `--build-arg ${argumentNames.previousImage}`,
};

/** An image, and where it is named. */
export interface NamedImage {
  readonly reference: ImageReference;
  readonly location: SourceLocation;
}

/** Builder to use: the option's, else the descriptor's. Throws CompileError when neither names one. */
export function chooseBuilder(
  descriptor: ProjectDescriptor | undefined,
  options: CompileOptions,
): NamedImage {
  if (options.builder !== undefined) return readReference(options.builder, { file: "--builder" });
  if (descriptor?.builder !== undefined) {
    const { reference, keyPath } = descriptor.builder;
    return readReference(reference, { file: descriptor.file, keyPath });
  }
  const settings = descriptor?.settings;
  throw new CompileError([
    diagnose("plan/no-builder", { settings }, { file: descriptor?.file ?? "--builder" }),
  ]);
}

/**
 * Run image to use: the option's, else the one the builder was made for.
 * Its mirrors are not tried unless one is asked for: they would make the same input give another image on another
 * network.
 * Throws CompileError when there is none, or when the builder's platforms name different ones.
 */
export function chooseRunImage(
  builders: readonly BuilderMetadata[],
  options: CompileOptions,
  builder: string,
): NamedImage {
  if (options.runImage !== undefined) return readReference(options.runImage, { file: "--run-image" });
  const image = agreed("run image", builders, builder, ({ runImages }) => runImages[0]?.image ?? null);
  if (image === null) throw new CompileError([diagnose("plan/no-run-image", { builder }, { file: builder })]);
  const { runImageMirror: host } = options;
  if (host === undefined) return readReference(image, { file: builder });
  const names = [
    image,
    ...agreed("run image mirrors", builders, builder, ({ runImages }) => runImages[0]?.mirrors ?? []),
  ];
  const mirror = names.find((name) => parseReference(name)?.registry === host);
  if (mirror !== undefined) return readReference(mirror, { file: builder });
  throw new CompileError([
    diagnose("plan/no-run-image-mirror", { builder, host, names }, { file: "--run-image-mirror" }),
  ]);
}

/** Image of an earlier build of the app. Undefined: none was named. */
export function choosePreviousImage({ previousImage }: CompileOptions): NamedImage | undefined {
  return previousImage === undefined ? undefined : readReference(previousImage, previousImageLocation);
}

function readReference(text: string, location: SourceLocation): NamedImage {
  const reference = parseReference(text);
  if (reference !== undefined) return { reference, location };
  throw new CompileError([diagnose("plan/bad-reference", { text }, location)]);
}

/**
 * Platforms to build for: those asked for, else all that both images have.
 * Throws CompileError naming every platform that one of the images lacks.
 */
export function choosePlatforms(
  wanted: readonly Platform[] | undefined,
  builder: ResolvedImage,
  runImage: ResolvedImage,
): readonly Platform[] {
  if (wanted !== undefined) {
    const found = [...missing("builder", builder, wanted), ...missing("run image", runImage, wanted)];
    if (found.length > 0) throw new CompileError(found);
    return wanted;
  }
  const common = builder.images
    .map(({ platform }) => platform)
    .filter((platform) => runImage.images.some((image) => samePlatform(image.platform, platform)));
  const odd = common.filter((platform) => parsePlatform(formatPlatform(platform)) === undefined);
  if (odd.length > 0) {
    const image = formatReference(builder.reference);
    throw new CompileError(
      odd.map((platform) =>
        diagnose("plan/odd-platform", { image, platform: formatPlatform(platform) }, { file: image }),
      ),
    );
  }
  if (common.length > 0) return common;
  throw new CompileError([
    diagnose(
      "plan/no-common-platform",
      {
        builder: formatReference(builder.reference),
        builderHas: builder.available.map(formatPlatform),
        runImage: formatReference(runImage.reference),
        runImageHas: runImage.available.map(formatPlatform),
      },
      { file: formatReference(builder.reference) },
    ),
  ]);
}

/** Throws CompileError when the image has none of the platforms; with some of them there is more to find out first. */
export function requireAny(
  role: string,
  image: ResolvedImage,
  wanted: readonly Platform[] | undefined,
): void {
  if (image.images.length > 0) return;
  throw new CompileError(missing(role, image, wanted ?? [{ os: "linux", architecture: "amd64" }]));
}

function missing(role: string, image: ResolvedImage, wanted: readonly Platform[]): Diagnostic[] {
  const name = formatReference(image.reference);
  return wanted
    .filter((platform) => !image.images.some((found) => samePlatform(found.platform, platform)))
    .map((platform) =>
      diagnose(
        "plan/platform-missing",
        {
          role,
          image: name,
          platform: formatPlatform(platform),
          available: image.available.map(formatPlatform),
        },
        { file: name },
      ),
    );
}

/** The entry of a list of run images that is about this one, by its own name or a mirror's. Undefined: none is. */
export function listedAs(
  runImages: readonly ListedRunImage[],
  runImage: ImageReference,
): ListedRunImage | undefined {
  // As docker reads names, and without their digests: lifecycle, `platform/files/run_image.go`, Contains.
  const nameOf = ({ registry, repository, tag = "latest" }: ImageReference) =>
    `${registry}/${repository}:${tag}`;
  const wanted = nameOf(runImage);
  const isWanted = (name: string) => {
    const reference = parseReference(name);
    return reference !== undefined && nameOf(reference) === wanted;
  };
  return runImages.find(({ image, mirrors }) => [image, ...mirrors].some(isWanted));
}

/** The value that every platform's image has. One Dockerfile can hold one: throws CompileError where they differ. */
export function agreed<Source extends { readonly platform: Platform }, Value>(
  what: string,
  sources: readonly Source[],
  image: string,
  read: (source: Source) => Value,
): Value {
  const found = sources.map((source) => {
    const value = read(source);
    return { platform: source.platform, value, text: JSON.stringify(value) };
  });
  const [first] = found;
  if (first === undefined) throw new Error(`no platform to read the ${what} of`);
  if (found.every(({ text }) => text === first.text)) return first.value;
  const values = found.map(({ platform, text }) => `${formatPlatform(platform)}: ${text}`);
  throw new CompileError([diagnose("plan/platforms-differ", { what, image, values }, { file: image })]);
}
