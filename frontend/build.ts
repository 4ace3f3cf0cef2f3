import { formatPlatform, parseReference, type Report } from "../src/index.ts";
import { type AssembledImage, assemble } from "./assemble.ts";
import { buildStage, type DockerfileBuild } from "./dockerfile-build.ts";
import type { Gateway } from "./gateway.ts";
import type { Ref, Result } from "./generated/gateway_pb.js";
import { GatewayImages } from "./image-source.ts";
import { type FrontendOptions, optionsWith } from "./options.ts";
import { ownImage } from "./own-image.ts";
import { readPlatforms } from "./platforms.ts";
import type { ProjectSource } from "./project-source.ts";
import { makeRecipe, type Recipe } from "./recipe.ts";
import { imageResult, type ResultInit } from "./result.ts";

export interface BuildHost {
  readonly gateway: Gateway;
  readonly options: FrontendOptions;
  readonly report: Report;
}

/**
 * The whole frontend: a project in, what the build returns out; an image for each platform, or another stage where one
 * was asked for. Throws CompileError, TemporaryError, or ConnectError with what BuildKit failed with.
 */
export async function build(
  { gateway, options, report }: BuildHost,
  project: ProjectSource,
): Promise<ResultInit> {
  const { targets, own: ownPlatform, asIndex } = readPlatforms(options, await gateway.ping());
  const images = new GatewayImages(gateway, options.values["image-resolve-mode"] ?? "default");
  const own = ownImage();
  const recipe = await makeRecipe({
    ...{ project, options, platforms: targets, images, gateway, own, report },
    buildPlatform: ownPlatform,
  });
  const request: DockerfileBuild = { recipe, project, options, own, platforms: targets, asIndex: true };
  const target = options.values.target ?? "app";
  if (target !== "app") {
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
        labels: optionsWith(options, "label:"),
      });
    }),
  );
  return imageResult(assembled, asIndex);
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
