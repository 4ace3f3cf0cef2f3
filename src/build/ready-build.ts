import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import type { BuildRequest } from "../engines/build-request.ts";
import type { Engine } from "../engines/engine.ts";
import type { BuildOutput } from "../engines/outputs/build-output.ts";
import { chooseOutputs } from "../engines/outputs/choose-outputs.ts";
import type { Border } from "../files/border.ts";
import { fullName } from "../image/reference.ts";
import type { BuildOrder } from "./build-order.ts";
import type { BuildPorts } from "./build-ports.ts";
import { cacheOfDockerfile, directoryOf } from "./caches/cache-place.ts";
import { cacheDirectories, withLocalCache } from "./caches/local-cache.ts";
import { socketPatterns } from "./file/sockets.ts";
import { emptiedSource, patternsOf, sourceWithout } from "./file/source-without.ts";
import type { OpenedBuild } from "./open-build.ts";
import { refuseCompressions } from "./outputs/build-compression.ts";
import { refuseEarlyEpoch } from "./outputs/early-epoch.ts";
import { imageName } from "./outputs/image-name.ts";
import { withReplacedImage } from "./request/replaced-image.ts";

/** A build of which everything is known: values that its steps run over. */
export interface ReadyBuild {
  readonly order: BuildOrder;
  readonly engine: Engine;
  readonly border: Border;
  /** The app and its platforms, without what is only about its image. */
  readonly appRequest: BuildRequest;
  /** The image. Its outputs are `outputs`. */
  readonly imageRequest: BuildRequest;
  readonly outputs: readonly BuildOutput[];
  /** Names for people. */
  readonly shownTags: readonly string[];
}

/** Decides where the result goes, and what of the source is no part of the app. Throws CompileError. */
export function readyBuild(order: BuildOrder, opened: OpenedBuild, ports: BuildPorts): ReadyBuild {
  const { engine, source, border, kind, work } = opened;
  if (kind === "dockerfile") refuseProjectOutputs(order);
  else {
    refuseCompressions(order.outputs.outputs, order.handed.cacheTo ?? []);
    refuseEarlyEpoch(order.outputs.outputs, opened.request, order.outputs.epoch);
  }
  const caches = { border, tell: ports.tell };
  const appRequest = withLocalCache(opened.request, engine, order.caches.local, caches);
  const { platforms, tags, shownTags } = order.image;
  const name = imageName(source, shownTags);
  const { outputs: wanted, push, load } = order.outputs;
  const outputs = chooseOutputs(
    {
      ...{ outputs: wanted, push, load, isNamed: tags.length > 0 },
      ...{ name: name.replaceAll("/", "-"), platformCount: platforms.length },
    },
    engine,
  );
  const tagged = tags.length > 0 ? appRequest : { ...appRequest, tags: [fullName(name)] };
  const named = withReplacedImage(tagged, outputs, kind);
  const warning = emptiedSource(named, border);
  if (warning !== undefined) ports.report(warning);
  const patterns = [
    ...order.outputs.patterns,
    ...patternsOf(appRequest.context, writtenPlaces(order, appRequest, outputs)),
    ...(kind === "dockerfile" || source.isFetched ? [] : socketPatterns(appRequest.context)),
  ];
  return {
    ...{ order, engine, border, appRequest, outputs },
    imageRequest: order.shown.isDryRun ? named : sourceWithout(named, patterns, border, work),
    shownTags: shownTags.length > 0 ? shownTags : [name],
  };
}

/** A Dockerfile that is not ours has no buildpack cache, and no stages that look into its image. */
function refuseProjectOutputs({ caches, outputs }: BuildOrder): void {
  if (caches.buildpacks.from !== undefined) throw cacheOfDockerfile("--buildpack-cache-from");
  if (caches.buildpacks.to !== undefined) throw cacheOfDockerfile("--buildpack-cache-to");
  if (outputs.artifacts !== undefined) {
    throw new CompileError([diagnose("cli/artifacts-of-dockerfile", {}, { file: "--artifacts" })]);
  }
}

/** Paths of what the build writes, but for the outputs that the user names, which are his to ignore. */
function writtenPlaces(
  { caches, outputs: { outputs: named, artifacts } }: BuildOrder,
  request: BuildRequest,
  outputs: readonly BuildOutput[],
): string[] {
  return [
    ...(named.length > 0 ? [] : outputs.flatMap(({ destination }) => destination ?? [])),
    ...cacheDirectories(request),
    ...Object.values(caches.buildpacks).flatMap(directoryOf),
    ...(artifacts === undefined ? [] : [artifacts]),
  ];
}
