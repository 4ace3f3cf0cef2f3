import { formatPlatform, parseReference, type Report } from "../src/index.ts";
import { type AssembledImage, assemble } from "./assemble.ts";
import { attachesSboms, saidAttestations } from "./attestations.ts";
import { scopeOf } from "./cache-scope.ts";
import { canMerge } from "./capabilities.ts";
import { cacheTransferOf, transferCache } from "./carry-cache.ts";
import { buildStage, type DockerfileBuild } from "./dockerfile-build.ts";
import { readEpoch } from "./epoch.ts";
import { requireGatedTarget } from "./gate.ts";
import { definitionOf, type Gateway } from "./gateway.ts";
import type { PongResponse, Ref, Result } from "./generated/gateway_pb.js";
import { GatewayImages } from "./image-source.ts";
import { inspectImages, passGate } from "./inspection.ts";
import { inspectionRecipe } from "./inspection-recipe.ts";
import { NamedContexts } from "./named-contexts.ts";
import { checkOptionUse } from "./option-use.ts";
import { type FrontendOptions, optionsWith } from "./options.ts";
import { ownImage } from "./own-image.ts";
import { type BuildPlatforms, readPlatforms } from "./platforms.ts";
import type { ProjectSource } from "./project-source.ts";
import { makeRecipe, type Recipe } from "./recipe.ts";
import { rememberReplaced } from "./replaced-image.ts";
import { imageResult, type ResultInit } from "./result.ts";
import { seedCaches } from "./seed-cache.ts";
import { findSelfEmulated } from "./self-emulated.ts";
import { StepWarnings } from "./step-warnings.ts";
import { chooseTarget, imageTarget, looksIntoImage } from "./targets.ts";

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
  readonly contexts: NamedContexts;
  readonly recipe: Recipe;
  /** What looks into the image. */
  readonly inspection: Recipe;
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
  contexts.check([...new Set([recipe.dockerfile, inspection.dockerfile])], report);
  checkOptionUse(options, recipe, report);
  return { ...platforms, images, contexts, recipe, inspection };
}

/**
 * The whole frontend: a project in, what the build returns out; an image for each platform, or another stage where one
 * was asked for. Throws CompileError, TemporaryError, or ConnectError with what BuildKit failed with.
 */
export async function build(host: BuildHost, project: ProjectSource): Promise<ResultInit> {
  const { gateway, options, pong } = host;
  const createdSeconds = readEpoch(options, host.report);
  const prepared = await prepareBuild(host, project);
  const { targets, own: ownPlatform, asIndex, images, contexts, recipe } = prepared;
  contexts.requireDirectories(recipe.dockerfile);
  const transfer = cacheTransferOf(options);
  const target = transfer === undefined ? chooseTarget(recipe.dockerfile, options) : imageTarget;
  if (transfer === undefined) requireGatedTarget(recipe.gate, target);
  const own = ownImage();
  const namedContexts = contexts.namedIn(recipe.dockerfile);
  const request: DockerfileBuild = {
    ...{ recipe, project, options, namedContexts, own, platforms: targets },
    selfEmulated: await findSelfEmulated(targets, pong, contexts, host.report),
    asIndex: true,
  };
  const scope = scopeOf(options);
  const isStage = target !== imageTarget && !looksIntoImage(target);
  const hosts = { tool: own, buildPlatform: ownPlatform, report: host.report };
  const fillsCaches = transfer === undefined && options.values["no-cache"] === undefined;
  const seeds = scope?.base !== undefined && fillsCaches;
  if (isStage && !seeds) return buildStage(gateway, { ...request, asIndex }, { target, assembled: false });
  const exported = await buildStage(gateway, request, { target: "export", assembled: true });
  const stages = targets.map((platform) => {
    return { platform, exported: definitionOf(refOf(exported, formatPlatform(platform))) };
  });
  if (scope !== undefined && seeds) {
    await seedCaches(gateway, { scope, stages, ...hosts });
    if (isStage) return buildStage(gateway, { ...request, asIndex }, { target, assembled: false });
  }
  if (recipe.replaced !== undefined && fillsCaches) {
    await rememberReplaced(gateway, { stages, find: recipe.replaced, ...hosts });
  }
  if (transfer !== undefined) {
    const canStack = { canMerge: canMerge(pong) };
    return transferCache(gateway, { transfer, options, contexts, stages, ...hosts, ...canStack });
  }
  const runImage = parseReference(recipe.app.runImage.reference);
  if (runImage === undefined) throw new Error(`${recipe.app.runImage.reference} is no image name`);
  const warnings = new StepWarnings(gateway);
  const isRead = warnings.readBefore(stages.map(({ exported: stage }) => stage));
  const assembled = await Promise.all(
    targets.map(async (platform): Promise<AssembledImage> => {
      const name = formatPlatform(platform);
      return assemble(gateway, {
        platform,
        buildPlatform: ownPlatform,
        exported: definitionOf(refOf(exported, name)),
        tool: own,
        runImage: { ...recipe.app.runImage, ...(await images.load(runImage, platform)) },
        canMerge: canMerge(pong),
        ...(createdSeconds === undefined ? {} : { createdSeconds }),
        ...(recipe.previous === undefined ? {} : { previous: recipe.previous }),
        labels: optionsWith(options, "label:"),
        attachesSboms: target === imageTarget && attachesSboms(options, pong),
        warnings,
      });
    }),
  ).finally(async () => {
    // A build that fails may fail for what they say.
    await isRead;
    warnings.tell(host.report);
  });
  const inspection = {
    gateway,
    request: {
      ...{ ...request, recipe: prepared.inspection, asIndex: false },
      // Its steps look into the image from the platform that builds.
      selfEmulated: new Map(),
      namedContexts: contexts.namedIn(prepared.inspection.dockerfile),
    },
    report: host.report,
  };
  if (target !== imageTarget) {
    return imageResult(await inspectImages(inspection, assembled, target), asIndex);
  }
  if (recipe.gate !== undefined) await passGate(inspection, assembled);
  return {
    ...imageResult(assembled, asIndex),
    attestations: await saidAttestations(gateway, assembled, options),
  };
}

function refOf({ result }: Result, platform: string): Ref {
  const ref = result.case === "refs" ? result.value.refs[platform] : undefined;
  if (ref === undefined) throw new Error(`BuildKit gave no result for ${platform}`);
  return ref;
}
