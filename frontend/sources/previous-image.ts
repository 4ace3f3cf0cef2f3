import type { EmittedContextFile } from "../../src/dockerfile/write/emit.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { fullName } from "../../src/image/reference.ts";
import type { LifecyclePlan, PreviousPlan } from "../../src/plan/lifecycle-plan.ts";
import type { Definition } from "../generated/ops_pb.js";
import { copy, definitionFor, files, image, platformOf, type State } from "../graph/llb.ts";

/** An image of an earlier build, and what the stages are handed of it. */
export interface PreviousImage {
  /** `registry/name:tag@sha256:…`. */
  readonly reference: string;
  readonly contextFiles: readonly EmittedContextFile[];
  /** Platforms whose image has bills of materials that belong to layers. */
  readonly withSbom: ReadonlySet<string>;
}

/** Where an image has the bills of materials of its layers. Source: CNB platform spec, "Launch SBOM". */
const sbomDirectory = "/layers/sbom/launch";

/** Undefined: the plan offers the buildpacks none. */
export function previousImage(
  plan: LifecyclePlan,
  contextFiles: readonly EmittedContextFile[],
): PreviousImage | undefined {
  if (plan.previousImage === undefined) return undefined;
  const withSbom = plan.platforms.filter(
    ({ previous }) => previous?.hasSbom === true && hasOwnLayers(previous),
  );
  return {
    reference: fullName(plan.previousImage),
    contextFiles,
    withSbom: new Set(withSbom.map(({ platform }) => platform)),
  };
}

/** Whether it offers layers that are in the image alone, and in no cache. */
export function hasOwnLayers({ buildpacks }: PreviousPlan): boolean {
  return buildpacks.some(({ layers }) => layers.some(({ also }) => also !== "cache"));
}

/** A platform's image as a file system, for what is taken out of it. */
export function previousState({ reference }: PreviousImage, platform: Platform): State {
  const title = `[${formatPlatform(platform)}] previous image ${reference}`;
  return image(reference, platformOf(platform), title);
}

/** Options and inputs by which BuildKit's Dockerfile frontend finds the named contexts. */
export function previousContexts(
  previous: PreviousImage,
  platforms: readonly Platform[],
): {
  readonly options: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, Definition>>;
} {
  const contexts = platforms.flatMap((platform) => {
    const text = formatPlatform(platform);
    const own = previous.contextFiles.filter((file) => file.platform === text);
    const input = `previous ${text}`;
    const state = contextState(previous, own, platform);
    return own.slice(0, 1).map(({ context }) => ({ option: `context:${context}::${text}`, input, state }));
  });
  return {
    options: Object.fromEntries(contexts.map(({ option, input }) => [option, `input:${input}`])),
    inputs: Object.fromEntries(contexts.map(({ input, state }) => [input, definitionFor(state)])),
  };
}

/** Known by its content: another image that holds the same runs nothing again. */
function contextState(
  previous: PreviousImage,
  contextFiles: readonly EmittedContextFile[],
  platform: Platform,
): State {
  const text = formatPlatform(platform);
  const written = files(
    contextFiles.map(({ path, text: content }) => ({ path, content })),
    `[${text}] metadata of the previous image`,
  );
  if (!previous.withSbom.has(text)) return written;
  const sbom = {
    from: previousState(previous, platform),
    source: sbomDirectory,
    destination: "/sbom/launch",
  };
  return copy([sbom], { onto: written }, `[${text}] SBOMs of the previous image`);
}
