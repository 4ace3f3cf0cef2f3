import { readBuilder } from "./builder/builder.ts";
import { readPreviousImage } from "./builder/previous-image.ts";
import { readRunImage } from "./builder/run-image.ts";
import { freezeDetected } from "./compile-detected.ts";
import { type DescriptorText, readDescriptor } from "./descriptor/descriptor.ts";
import { keyPlaces } from "./descriptor/key-places.ts";
import { warnOfSecret } from "./descriptor/looks-like-secret.ts";
import { diagnose } from "./diagnostics/diagnose.ts";
import { CompileError, type Report } from "./diagnostics/diagnostic.ts";
import { type EmittedFiles, emitFiles } from "./dockerfile/write/emit.ts";
import type { ImageSource, PlatformImage, ResolvedImage } from "./image/image-source.ts";
import { type Platform, samePlatform } from "./image/platform.ts";
import { formatReference, type ImageReference } from "./image/reference.ts";
import { gatherModules } from "./modules/gather.ts";
import type { ModuleSource } from "./modules/module-source.ts";
import {
  chooseBuilder,
  choosePlatforms,
  choosePreviousImage,
  chooseRunImage,
  type NamedImage,
  previousImageLocation,
  requireAny,
} from "./plan/images.ts";
import type { LifecyclePlan } from "./plan/lifecycle-plan.ts";
import type { CompileOptions, GitPlace, Origin } from "./plan/options.ts";
import { allEntries, chooseEntries } from "./plan/order/entries.ts";
import { type PlanInput, planLifecycle } from "./plan/plan.ts";
import type { PreviousImage } from "./plan/previous-image.ts";
import { present } from "./present.ts";
import type { Stage } from "./stages/stage.ts";
import { lowerToStages } from "./stages/stages.ts";

export interface CompileRequest {
  /** Absent: the project has no project.toml. */
  readonly descriptor?: DescriptorText;
  readonly options: CompileOptions;
}

/** What a shell (command line, frontend, test) provides. */
export interface CompileHost {
  readonly images: ImageSource;
  readonly modules: ModuleSource;
  /** Takes warnings as they are found. */
  readonly report: Report;
  /** Asked only where nothing else tells the project from others. Undefined: not a clone with a remote. */
  readonly gitPlace: () => Promise<GitPlace | undefined>;
  /** Asked only of a project that chose its id itself. Absent, or undefined: that id counts alone. */
  readonly origin?: () => Promise<Origin | undefined>;
}

export interface CompileResult {
  readonly files: EmittedFiles;
  readonly plan: LifecyclePlan;
  readonly stages: readonly Stage[];
  /** What was found and asked for; the plan was made from it. */
  readonly input: PlanInput;
}

/**
 * The whole compiler: project.toml and the labels of two images in, a Dockerfile out.
 * Throws CompileError for what the user can mend, TemporaryError where retrying can help.
 */
export async function compile(request: CompileRequest, host: CompileHost): Promise<CompileResult> {
  const places = request.descriptor && keyPlaces(request.descriptor);
  if (places === undefined) return run(request, host);
  try {
    return await run(request, { ...host, report: (diagnostic) => host.report(places(diagnostic)) });
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    throw new CompileError(error.diagnostics.map(places), { cause: error });
  }
}

async function run(request: CompileRequest, host: CompileHost): Promise<CompileResult> {
  const { options } = request;
  const { images, report } = host;

  const descriptor = request.descriptor && readDescriptor(request.descriptor, report);

  for (const { name, value, location } of descriptor?.buildEnv ?? []) {
    for (const warning of warnOfSecret({ name, value }, location)) report(warning);
  }
  for (const variable of options.buildEnv) {
    for (const warning of warnOfSecret(variable, { file: "--env" })) report(warning);
  }

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

  const builders = forEach(platforms, allBuilders);
  const entries = chooseEntries(descriptor, options);
  const gathered = await gatherModules(
    {
      ...{ entries: allEntries(entries), extensions: entries.extensions },
      ...{ base: directoryOf(descriptor?.file), builders, platforms },
      ...present({ handed: options.handedBuildpacks }),
    },
    host,
  );

  const previous = await resolvePrevious(options, platforms, host);
  const named = options.cacheId ?? descriptor?.id;
  const git = named === undefined ? await host.gitPlace() : undefined;
  const choseItsId = descriptor?.id !== undefined && options.cacheId === undefined;
  const origin = choseItsId && options.cacheScope === undefined ? await host.origin?.() : undefined;
  const runImages = forEach(platforms, runImage.images).map(readRunImage);
  const { detected } = options;
  const frozen =
    detected === undefined
      ? undefined
      : await freezeDetected(
          { detected, builderImage, builders, runImage, runImages, platforms, images },
          report,
        );
  const input: PlanInput = {
    ...present({ descriptor, frozen }),
    builderImage,
    builders,
    runImage,
    runImages,
    entries,
    gathered,
    options,
    ...present({ previous, git, origin }),
  };
  const plan = planLifecycle(input, report);
  const stages = lowerToStages(plan);
  return { files: emitFiles(stages, plan), plan, stages, input };
}

async function resolve(
  role: string,
  { reference, location }: NamedImage,
  platforms: readonly Platform[] | undefined,
  images: ImageSource,
): Promise<ResolvedImage> {
  const image = await images.resolve(reference, platforms);
  if (image !== undefined) return image;
  const name = formatReference(reference);
  throw new CompileError([
    role === "builder" && isBareWord(reference)
      ? diagnose("plan/builder-bare-word", { builder: reference.name }, location)
      : diagnose("plan/image-not-found", { role, image: name }, location),
  ]);
}

/** Undefined: no previous image was named, or there is none yet. */
async function resolvePrevious(
  options: CompileOptions,
  platforms: readonly Platform[],
  { images, report }: CompileHost,
): Promise<PreviousImage | undefined> {
  const named = choosePreviousImage(options);
  if (named === undefined) return undefined;
  const name = formatReference(named.reference);
  const image = await images.resolve(named.reference, platforms);
  if (image !== undefined)
    return { image, metadata: image.images.map((one) => readPreviousImage(one, name)) };
  report(diagnose("plan/no-previous-image", { image: name }, previousImageLocation));
  return undefined;
}

/** A name as buildx gives its builders: no image that is a buildpacks builder has one on Docker Hub. */
function isBareWord({ name, tag, digest }: ImageReference): boolean {
  return !/[/.:]/.test(name) && tag === undefined && digest === undefined;
}

/** Directory of a file, both seen from the project's directory; empty: that directory itself. */
function directoryOf(file: string | undefined): string {
  return file?.includes("/") === true ? file.slice(0, file.lastIndexOf("/")) : "";
}

/** Those of `items` that are for one of `platforms`, in the order of `platforms`. */
function forEach<Item extends Pick<PlatformImage, "platform">>(
  platforms: readonly Platform[],
  items: readonly Item[],
): Item[] {
  return platforms.flatMap((platform) => items.filter((item) => samePlatform(item.platform, platform)));
}
