import { CompileError, diagnose, formatPlatform, parseReference, type Report } from "../src/index.ts";
import { type AssembledImage, assemble, epochSeconds } from "./assemble.ts";
import { buildStage, type DockerfileBuild } from "./dockerfile-build.ts";
import type { Gateway } from "./gateway.ts";
import type { PongResponse, Ref, Result } from "./generated/gateway_pb.js";
import { GatewayImages } from "./image-source.ts";
import { checkOptionUse } from "./option-use.ts";
import { type FrontendOptions, optionsWith } from "./options.ts";
import { ownImage } from "./own-image.ts";
import { type BuildPlatforms, readPlatforms } from "./platforms.ts";
import type { ProjectSource } from "./project-source.ts";
import { makeRecipe, type Recipe } from "./recipe.ts";
import { imageResult, type ResultInit } from "./result.ts";
import { chooseTarget, imageTarget } from "./targets.ts";

export interface BuildHost {
  readonly gateway: Gateway;
  readonly options: FrontendOptions;
  readonly report: Report;
  /** What BuildKit says of itself. */
  readonly pong: PongResponse;
}

/** Everything about a build that is known before anything is built. */
export interface PreparedBuild extends BuildPlatforms {
  readonly images: GatewayImages;
  readonly recipe: Recipe;
}

/** Throws CompileError, TemporaryError. */
export async function prepareBuild(
  { gateway, options, report, pong }: BuildHost,
  project: ProjectSource,
): Promise<PreparedBuild> {
  const platforms = readPlatforms(options, pong);
  const images = new GatewayImages(gateway, options.values["image-resolve-mode"] ?? "default");
  const recipe = await makeRecipe({
    ...{ project, options, platforms: platforms.targets, images, gateway, report },
    own: ownImage,
    buildPlatform: platforms.own,
  });
  checkOptionUse(options, recipe, report);
  return { ...platforms, images, recipe };
}

/**
 * The whole frontend: a project in, what the build returns out; an image for each platform, or another stage where one
 * was asked for. Throws CompileError, TemporaryError, or ConnectError with what BuildKit failed with.
 */
export async function build(host: BuildHost, project: ProjectSource): Promise<ResultInit> {
  const { gateway, options, pong } = host;
  const createdSeconds = readEpoch(options);
  const { targets, own: ownPlatform, asIndex, images, recipe } = await prepareBuild(host, project);
  const target = chooseTarget(recipe.dockerfile, options);
  const own = ownImage();
  const request: DockerfileBuild = { recipe, project, options, own, platforms: targets, asIndex: true };
  if (target !== imageTarget) {
    return buildStage(gateway, { ...request, asIndex }, { target, evaluate: false, assembled: false });
  }
  const [exported, built, configs] = await Promise.all([
    buildStage(gateway, request, { target: "export", evaluate: true, assembled: true }),
    buildStage(gateway, request, { target: "build", evaluate: false, assembled: true }),
    runImageConfigs(images, recipe, targets),
  ]);
  const assembled = await Promise.all(
    targets.map(async (platform, index): Promise<AssembledImage> => {
      const name = formatPlatform(platform);
      return assemble(gateway, {
        platform,
        buildPlatform: ownPlatform,
        exported: refOf(exported, name),
        built: refOf(built, name),
        tool: own,
        runImage: { ...recipe.app.runImage, config: configs[index] ?? new Uint8Array() },
        canMerge: pong.llbCaps.some(({ id, enabled }) => id === "mergeop" && enabled),
        ...(createdSeconds === undefined ? {} : { createdSeconds }),
        labels: optionsWith(options, "label:"),
      });
    }),
  );
  return imageResult(assembled, asIndex);
}

/**
 * SOURCE_DATE_EPOCH, in seconds since 1970. Undefined: none was given. Throws CompileError for one that cannot be kept:
 * with a time before that of the files, an exporter that rewrites times would change them, and the digests.
 */
function readEpoch({ values }: FrontendOptions): number | undefined {
  const text = values["build-arg:SOURCE_DATE_EPOCH"] ?? "";
  if (text === "") return undefined;
  const seconds = /^\d{1,11}$/.test(text) ? Number(text) : 0;
  if (seconds >= epochSeconds) return seconds;
  throw new CompileError([
    diagnose("frontend/bad-epoch", { text }, { file: "--build-arg SOURCE_DATE_EPOCH" }),
  ]);
}

/** One for each platform, in their order. */
async function runImageConfigs(
  images: GatewayImages,
  { app: { runImage } }: Recipe,
  platforms: DockerfileBuild["platforms"],
): Promise<Uint8Array[]> {
  const reference = parseReference(runImage.reference);
  if (reference === undefined) throw new Error(`${runImage.reference} is no image name`);
  await images.resolve(reference, platforms);
  return platforms.map((platform) => images.config(reference, platform));
}

function refOf({ result }: Result, platform: string): Ref {
  const ref = result.case === "refs" ? result.value.refs[platform] : undefined;
  if (ref === undefined) throw new Error(`BuildKit gave no result for ${platform}`);
  return ref;
}
