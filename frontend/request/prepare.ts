import type { Report } from "../../src/diagnostics/diagnostic.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { PongResponse } from "../generated/gateway_pb.js";
import { inspectionRecipe } from "../image/inspection-recipe.ts";
import { GatewayImages } from "../sources/image-source.ts";
import { NamedContexts } from "../sources/named-contexts.ts";
import { ownImage } from "../sources/own-image.ts";
import type { ProjectSource } from "../sources/project-source.ts";
import { checkOptionUse } from "./option-use.ts";
import type { FrontendOptions } from "./options.ts";
import { type BuildPlatforms, readPlatforms } from "./platforms.ts";
import { makeRecipe, type Recipe } from "./recipe.ts";

export interface BuildHost {
  readonly gateway: Gateway;
  readonly options: FrontendOptions;
  readonly report: Report;
  /** What BuildKit says of itself. */
  readonly pong: PongResponse;
}

/** Everything about a build that is known before anything is built. */
interface PreparedBuild extends BuildPlatforms {
  readonly images: GatewayImages;
  readonly contexts: NamedContexts;
  readonly recipe: Recipe;
  /** What looks into the image. */
  readonly inspection: Recipe;
  /** Says which of the client's contexts replace nothing, once detection has ended; absent: that has been said. */
  readonly tellUnused?: (report: Report) => void;
}

/** Throws CompileError, TemporaryError. */
export async function prepareBuild(
  { gateway, options, report, pong }: BuildHost,
  project: ProjectSource,
): Promise<PreparedBuild> {
  const platforms = readPlatforms(options, pong);
  const contexts = new NamedContexts(gateway, options);
  const images = new GatewayImages(gateway, contexts, options.values["image-resolve-mode"] ?? "default");
  const recipe = await makeRecipe({
    ...{ project, options, platforms: platforms.targets, images, contexts, gateway, report },
    own: ownImage,
    buildPlatform: platforms.own,
  });
  const inspection = inspectionRecipe(recipe, options);
  const tellUnused = contexts.check([...new Set([recipe.dockerfile, inspection.dockerfile])]);
  checkOptionUse(options, recipe, report);
  // An image that an image extension chooses is looked up after detection.
  const isLater = recipe.app.extensions !== undefined;
  if (!isLater) tellUnused(report);
  return { ...platforms, images, contexts, recipe, inspection, ...(isLater ? { tellUnused } : {}) };
}
