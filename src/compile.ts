import { readBuilder } from "./builder/builder.ts";
import { readRunImage } from "./builder/run-image.ts";
import { type DescriptorText, readDescriptor } from "./descriptor/descriptor.ts";
import { diagnose } from "./diagnostics/diagnose.ts";
import { CompileError, type Report } from "./diagnostics/diagnostic.ts";
import { type EmittedFiles, emitFiles } from "./emit/emit.ts";
import type { ImageSource, PlatformImage, ResolvedImage } from "./image/image-source.ts";
import { type Platform, samePlatform } from "./image/platform.ts";
import { formatReference, type ImageReference } from "./image/reference.ts";
import { chooseBuilder, choosePlatforms, chooseRunImage, requireAny } from "./plan/images.ts";
import type { LifecyclePlan } from "./plan/lifecycle-plan.ts";
import type { CompileOptions, GitPlace } from "./plan/options.ts";
import { planLifecycle } from "./plan/plan.ts";
import { lowerToStages } from "./stages/stages.ts";

export interface CompileRequest {
  /** Absent: the project has no project.toml. */
  readonly descriptor?: DescriptorText;
  readonly options: CompileOptions;
}

/** What a shell (command line, frontend, test) provides. */
export interface CompileHost {
  readonly images: ImageSource;
  /** Takes warnings as they are found. */
  readonly report: Report;
  /** Asked only where nothing else tells the project from others. Undefined: not a clone with a remote. */
  readonly gitPlace: () => Promise<GitPlace | undefined>;
}

export interface CompileResult {
  readonly files: EmittedFiles;
  readonly plan: LifecyclePlan;
}

/**
 * The whole compiler: project.toml and the labels of two images in, a Dockerfile out.
 * Throws CompileError for what the user can mend, TemporaryError where retrying can help.
 */
export async function compile(request: CompileRequest, host: CompileHost): Promise<CompileResult> {
  const { options } = request;
  const { images, report } = host;

  const descriptor = request.descriptor && readDescriptor(request.descriptor, report);

  const builderImage = await resolve(
    "builder",
    chooseBuilder(descriptor, options),
    options.platforms,
    images,
  );
  const builderName = formatReference(builderImage.reference);
  requireAny("builder", builderImage, options.platforms);
  const allBuilders = builderImage.images.map((image) => readBuilder(image, builderName));

  const wanted = options.platforms ?? builderImage.images.map(({ platform }) => platform);
  const runImage = await resolve(
    "run image",
    chooseRunImage(allBuilders, options, builderName),
    wanted,
    images,
  );
  const platforms = choosePlatforms(options.platforms, builderImage, runImage);

  const named = options.cacheId ?? descriptor?.id;
  const git = named === undefined ? await host.gitPlace() : undefined;
  const plan = planLifecycle(
    {
      ...(descriptor === undefined ? {} : { descriptor }),
      builderImage,
      builders: forEach(platforms, allBuilders),
      runImage,
      runImages: forEach(platforms, runImage.images).map(readRunImage),
      options,
      ...(git === undefined ? {} : { git }),
    },
    report,
  );
  return { files: emitFiles(lowerToStages(plan), plan), plan };
}

async function resolve(
  role: string,
  reference: ImageReference,
  platforms: readonly Platform[] | undefined,
  images: ImageSource,
): Promise<ResolvedImage> {
  const image = await images.resolve(reference, platforms);
  if (image !== undefined) return image;
  const name = formatReference(reference);
  throw new CompileError([diagnose("plan/image-not-found", { role, image: name }, { file: name })]);
}

/** Those of `items` that are for one of `platforms`, in the order of `platforms`. */
function forEach<Item extends Pick<PlatformImage, "platform">>(
  platforms: readonly Platform[],
  items: readonly Item[],
): Item[] {
  return platforms.flatMap((platform) => items.filter((item) => samePlatform(item.platform, platform)));
}
