import { formatPlatform } from "../src/image/platform.ts";
import { parseReference } from "../src/image/reference.ts";
import { present } from "../src/present.ts";
import { cacheImageTarget } from "../src/stages/paths.ts";
import { canMerge } from "./bridge/capabilities.ts";
import { definitionOf } from "./bridge/gateway.ts";
import { type ExtendedPlatform, extendImages, extendsImages, isEarlier } from "./extensions/extend.ts";
import { ExtensionSteps } from "./extensions/failed-step.ts";
import { extensionWishes } from "./extensions/wishes.ts";
import { StepWarnings } from "./failures/step-warnings.ts";
import type { Ref, Result } from "./generated/gateway_pb.js";
import { buildStage, type DockerfileBuild } from "./graph/dockerfile-build.ts";
import { findSelfEmulated } from "./graph/self-emulated.ts";
import { SourceCopies } from "./graph/source-copy.ts";
import { type AssembledImage, assemble } from "./image/assemble.ts";
import { cacheTransferOf, transferCache } from "./image/carry-cache.ts";
import { fillCaches } from "./image/fill-caches.ts";
import { inspectImages, passGate } from "./image/inspection.ts";
import { pushedLayers } from "./image/pushed-layers.ts";
import { rememberReplaced } from "./image/replaced-image.ts";
import { imageResult, type ResultInit } from "./image/result.ts";
import { attachesSboms, saidAttestations } from "./request/attestations.ts";
import { scopeOf } from "./request/cache-scope.ts";
import { readEpoch } from "./request/epoch.ts";
import { requireGatedTarget } from "./request/gate.ts";
import { optionsWith } from "./request/options.ts";
import { type BuildHost, prepareBuild } from "./request/prepare.ts";
import { chooseTarget, imageTarget, looksIntoImage } from "./request/targets.ts";
import { ownImage } from "./sources/own-image.ts";
import type { ProjectSource } from "./sources/project-source.ts";

/**
 * The whole frontend: a project in, what the build returns out; an image for each platform, or another stage where one
 * was asked for. Throws CompileError, TemporaryError, or ConnectError with what BuildKit failed with.
 */
export async function build(host: BuildHost, project: ProjectSource): Promise<ResultInit> {
  const steps = new ExtensionSteps();
  try {
    return await buildWith(host, project, steps);
  } catch (error) {
    throw steps.explain(error);
  }
}

/** In: what takes the operations of image extensions. */
async function buildWith(
  host: BuildHost,
  project: ProjectSource,
  steps: ExtensionSteps,
): Promise<ResultInit> {
  const { gateway, options, pong } = host;
  const createdSeconds = readEpoch(options, host.report);
  const wishes = extensionWishes(options);
  const prepared = await prepareBuild(host, project);
  const { targets, own: ownPlatform, asIndex, images, contexts, recipe } = prepared;
  contexts.requireDirectories(recipe.dockerfile);
  const transfer = cacheTransferOf(options);
  const target = transfer === undefined ? chooseTarget(recipe.dockerfile, options) : imageTarget;
  if (transfer === undefined) requireGatedTarget(recipe.gate, target);
  const own = ownImage();
  const namedContexts = contexts.namedIn(recipe.dockerfile);
  const plain: DockerfileBuild = {
    ...{ recipe, project, options, namedContexts, own, platforms: targets },
    // Somebody can have added to the stage in a file that was generated.
    ...(recipe.isGenerated ? {} : { copies: new SourceCopies(gateway) }),
    selfEmulated: await findSelfEmulated(targets, pong, contexts, host.report),
    asIndex: true,
  };
  const extended = extendsImages(recipe, target)
    ? await extendImages(
        {
          ...{ gateway, options, wishes, tool: own, buildPlatform: ownPlatform, images, steps },
          ...{ canMerge: canMerge(pong), report: host.report },
        },
        plain,
      )
    : new Map<string, ExtendedPlatform>();
  prepared.tellUnused?.(host.report);
  const chosenRunImages = new Map(
    Array.from(extended).flatMap(([platform, { runImage }]) =>
      runImage?.name === undefined ? [] : [[platform, runImage.name] as const],
    ),
  );
  if (chosenRunImages.size === 0) recipe.held?.forEach(host.report);
  const request: DockerfileBuild = {
    ...plain,
    ...(extended.size === 0
      ? {}
      : { extended: new Map(Array.from(extended, ([platform, { stages }]) => [platform, stages])) }),
  };
  const scope = scopeOf(options);
  const isStage = target !== imageTarget && !looksIntoImage(target);
  const hosts = { tool: own, buildPlatform: ownPlatform, report: host.report };
  const isBuild = transfer === undefined || transfer === cacheImageTarget;
  const fillsCaches = isBuild && !isEarlier(target) && options.values["no-cache"] === undefined;
  const { cacheImage } = recipe;
  const fills = fillsCaches && (scope?.base !== undefined || cacheImage !== undefined);
  if (isStage && !fills) return buildStage(gateway, { ...request, asIndex }, { target, assembled: false });
  const exported = await buildStage(gateway, request, { target: "export", assembled: true });
  const stages = targets.map((platform) => {
    return { platform, exported: definitionOf(refOf(exported, formatPlatform(platform))) };
  });
  const empty = fills
    ? await fillCaches(gateway, { scope, cacheImage, stages, images, options, ...hosts })
    : new Set<string>();
  if (isStage) return buildStage(gateway, { ...request, asIndex }, { target, assembled: false });
  if (recipe.replaced !== undefined && fillsCaches) {
    const { replaced } = recipe;
    await rememberReplaced(gateway, { stages, find: () => replaced(chosenRunImages), ...hosts });
  }
  const transferOf = (asked: NonNullable<typeof transfer>) =>
    transferCache(gateway, {
      ...{ transfer: asked, options, contexts, stages, ...hosts },
      canMerge: canMerge(pong),
    });
  if (transfer !== undefined && !isBuild) return transferOf(transfer);
  const planned = parseReference(recipe.app.runImage.reference);
  if (planned === undefined) throw new Error(`${recipe.app.runImage.reference} is no image name`);
  const warnings = new StepWarnings(gateway);
  const isRead = warnings.readBefore(stages.map(({ exported: stage }) => stage));
  const assembled = await Promise.all(
    targets.map(async (platform): Promise<AssembledImage> => {
      const name = formatPlatform(platform);
      const { runImage: upon, stages: handed } = extended.get(name) ?? {};
      const { previous } = handed?.recipe ?? recipe;
      // Where the app has been built before, BuildKit has its layers, and asks no registry for them.
      const { replacedName } = recipe;
      const isNew = replacedName !== undefined && empty.has(name);
      const pushed = isNew ? await pushedLayers(gateway, images, replacedName, platform) : undefined;
      return assemble(gateway, {
        platform,
        buildPlatform: ownPlatform,
        exported: definitionOf(refOf(exported, name)),
        tool: own,
        runImage:
          upon === undefined
            ? { ...recipe.app.runImage, ...(await images.load(planned, platform)) }
            : { ...upon.plan, ...upon.image },
        ...present({ extensionHistory: upon?.history }),
        canMerge: canMerge(pong),
        ...present({ createdSeconds, previous, pushed }),
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
  // The steps were those of the image, which a build beside this one shares; with them, the mount holds this build's cache.
  if (transfer !== undefined) return transferOf(transfer);
  const inspection = {
    gateway,
    request: {
      ...{ ...plain, recipe: prepared.inspection, asIndex: false },
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
