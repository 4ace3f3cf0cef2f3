import { ConnectError } from "@connectrpc/connect";
import { parseMemoryLook } from "../../src/contract/cache/memory-places.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import type { Report } from "../../src/diagnostics/diagnostic.ts";
import type { EmittedContextFile } from "../../src/dockerfile/write/emit.ts";
import { formatPlatform } from "../../src/image/platform.ts";
import type { LifecyclePlan, PreviousPlan } from "../../src/plan/lifecycle-plan.ts";
import { present } from "../../src/present.ts";
import type { Gateway } from "../bridge/gateway.ts";
import {
  askCache,
  type CacheStepHost,
  cachesOf,
  type ExportStage,
  type PlatformCache,
  runOnCache,
} from "../graph/cache-step.ts";
import { files, type RunMount } from "../graph/llb.ts";
import { isImageFault } from "../sources/image-source.ts";
import { hasOwnLayers, type PreviousImage, previousImage, previousState } from "../sources/previous-image.ts";
import { startedMs } from "../started.ts";

/** The image that a build replaces, and what of it its buildpacks may keep. */
export interface ReplacedImage {
  readonly image: PreviousImage;
  /** Platforms whose image offers something; whether layers are among it. */
  readonly offering: ReadonlyMap<string, { readonly hasLayers: boolean }>;
  /** Absent: the Platform API has no execution environments. */
  readonly execEnv?: string;
}

/** Undefined: it is not there, or has nothing to keep for this build. In: a plan that was made upon it. */
export function replacedImage(
  plan: LifecyclePlan,
  contextFiles: readonly EmittedContextFile[],
): ReplacedImage | undefined {
  const image = previousImage(plan, contextFiles);
  if (image === undefined) return undefined;
  const offering = plan.platforms.flatMap(({ platform, previous }) =>
    previous === undefined || !hasSomethingToTake(previous)
      ? []
      : [[platform, { hasLayers: hasOwnLayers(previous) }] as const],
  );
  if (offering.length === 0) return undefined;
  const { execEnv } = plan;
  return { image, offering: new Map(offering), ...present({ execEnv }) };
}

/** Cached layers are not taken: they come back from the cache. */
function hasSomethingToTake(previous: PreviousPlan): boolean {
  return hasOwnLayers(previous) || previous.buildpacks.some(({ store }) => store !== undefined);
}

/** Of several platforms, each with its own plan. Undefined: none has anything to keep. */
export function joinReplaced(found: readonly ReplacedImage[]): ReplacedImage | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const images = found.map(({ image }) => image);
  return {
    ...first,
    image: {
      ...first.image,
      contextFiles: images.flatMap(({ contextFiles }) => contextFiles),
      withSbom: new Set(images.flatMap(({ withSbom }) => [...withSbom])),
    },
    offering: new Map(found.flatMap(({ offering }) => [...offering])),
  };
}

interface ReplacedRequest extends CacheStepHost {
  readonly stages: readonly ExportStage[];
  readonly find: () => Promise<ReplacedImage | undefined>;
  readonly report: Report;
}

/**
 * Fills the memory of caches that this BuildKit has not seen yet from the image that is being replaced, as pack looks at it in each build. An image that
 * cannot be read is a warning: the buildpacks make everything anew. Throws ConnectError of the first look alone.
 */
export async function rememberReplaced(gateway: Gateway, request: ReplacedRequest): Promise<void> {
  const looked = await Promise.all(
    cachesOf(request.stages).map(async (one) => ({
      ...one,
      isEmpty: await remembersNothing(gateway, request, one),
    })),
  );
  const empty = looked.filter(({ isEmpty }) => isEmpty);
  if (empty.length === 0) return;
  try {
    const replaced = await request.find();
    if (replaced === undefined) return;
    await Promise.all(empty.map((one) => take(gateway, request, replaced, one)));
  } catch (error) {
    if (!isImageFault(error)) throw error;
    const reason = error instanceof ConnectError ? error.rawMessage : error.message;
    request.report(diagnose("frontend/replaced-image-unreadable", { reason }));
  }
}

async function remembersNothing(
  gateway: Gateway,
  request: ReplacedRequest,
  one: PlatformCache,
): Promise<boolean> {
  const title = "look for reusable layers of the last build";
  // Once for a BuildKit: from the first build on, it remembers what its own builds leave.
  const answer = await askCache(gateway, request, one, { words: ["memory-look"], title, isOnce: true });
  const { isRemembered, lookedMs } = parseMemoryLook(answer);
  return !isRemembered && lookedMs >= startedMs;
}

async function take(
  gateway: Gateway,
  request: ReplacedRequest,
  { image, offering, execEnv }: ReplacedImage,
  one: PlatformCache,
): Promise<void> {
  const platform = formatPlatform(one.platform);
  const offered = offering.get(platform);
  const own = image.contextFiles.filter((file) => file.platform === platform);
  if (offered === undefined || own.length === 0) return;
  const offer = files(
    own.map(({ path, text: content }) => ({ path, content })),
    `[${platform}] metadata of the image to replace`,
  );
  const mounts: RunMount[] = [
    { state: offer, target: "/offer" },
    // Stores alone are in the label, and no layer is fetched.
    ...(offered.hasLayers ? [{ state: previousState(image, one.platform), target: "/image" }] : []),
  ];
  const words = [
    ...["memory-take", "--offer=/offer", "--image=/image"],
    ...(execEnv === undefined ? [] : [`--exec-env=${execEnv}`]),
  ];
  const title = `record reusable layers of ${image.reference}`;
  await runOnCache(gateway, request, one, { words, mounts, title });
}
