import type { GeneratedDockerfile } from "../../src/contract/generated-dockerfile.ts";
import { rebasableLabel } from "../../src/contract/label-names.ts";
import { becomesRoot } from "../../src/contract/root-user.ts";
import { diagnose } from "../../src/diagnostics/diagnose.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { stageNamed } from "../../src/dockerfile/dockerfile.ts";
import { checkDockerfiles } from "../../src/dockerfile/read/check-dockerfiles.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { argumentNames } from "../../src/options/build-arguments.ts";
import type { AppPlan } from "../../src/plan/lifecycle-plan.ts";
import { present } from "../../src/present.ts";
import { detectedTarget, phaseDirectories } from "../../src/stages/paths.ts";
import { definitionOf, type Gateway } from "../bridge/gateway.ts";
import {
  buildStage,
  type DockerfileBuild,
  type ExtendedStages,
  type ReplacedStages,
} from "../graph/dockerfile-build.ts";
import { copy, definitionFor, type State, stateOf } from "../graph/llb.ts";
import { singleImage } from "../image/result.ts";
import type { Recipe } from "../request/recipe.ts";
import type { LoadedImage } from "../sources/named-contexts.ts";
import { ran } from "./apply.ts";
import { applyAll } from "./apply-all.ts";
import { changedConfig, userOf } from "./extended-config.ts";
import type { Applied, ExtensionHost } from "./extension-host.ts";
import { readGenerated } from "./generated.ts";
import { reproducibleLayers } from "./layers.ts";
import { chooseRunImage, withFacts } from "./run-image.ts";

/** What image extensions make of one platform. */
export interface ExtendedPlatform {
  /** What takes the place of stages. */
  readonly stages: ExtendedStages;
  /** What the app's layers lie upon. Absent: the run image, as it was planned. */
  readonly runImage?: ExtendedRunImage;
}

export interface ExtendedRunImage {
  /** As an extension chose it; absent: it is the planned one. */
  readonly name?: string;
  /** As the app's image is to name it. */
  readonly plan: AppPlan["runImage"];
  readonly image: LoadedImage;
  /** What made each layer that extensions put upon the run image, lowest first. */
  readonly history: readonly string[];
}

/** Stages that there are before detection has ended. */
const earlier = ["tool", "source", "modules", "builder", "detect", "detection", detectedTarget];

/** Whether a stage is made without what comes after detection. */
export function isEarlier(target: string): boolean {
  return earlier.includes(target);
}

/** Whether a build has to know what image extensions do. */
export function extendsImages({ app }: Recipe, target: string): boolean {
  return app.extensions !== undefined && !isEarlier(target);
}

/**
 * Runs detection, and applies what image extensions made of it. Out: each platform. Throws ConnectError, CompileError.
 * Source: CNB image extension spec; docs/design/extensions.md.
 */
export async function extendImages(
  host: ExtensionHost,
  build: DockerfileBuild,
): Promise<ReadonlyMap<string, ExtendedPlatform>> {
  const found = build.platforms.map(async (platform) => {
    const alone = { ...build, platforms: [platform], asIndex: false };
    return [formatPlatform(platform), await extendPlatform(host, alone, platform)] as const;
  });
  return new Map(await Promise.all(found));
}

/** What a platform's image is made of after detection. */
async function extendPlatform(
  host: ExtensionHost,
  build: DockerfileBuild,
  platform: Platform,
): Promise<ExtendedPlatform> {
  const { gateway, tool, buildPlatform } = host;
  const { app, upon } = build.recipe;
  const stateOfStage = async (name: string) => wholeStage((await stage(gateway, build, name)).state);
  const [detect, facts] = await Promise.all([stateOfStage("detect"), stateOfStage("tool")]);
  const isByKind = app.extensions?.areExperimental === true;
  const generated = await readGenerated(gateway, { platform, detect, tool, buildPlatform, isByKind });
  const { dockerfiles } = generated;
  const detected = wholeStage(ran(detect));
  const stagesWith = (state: State): ReplacedStages => ({
    detect: { definition: definitionFor(detected) },
    "extended-tool": { definition: definitionFor(state) },
  });
  const unchanged = await unchangedStages(gateway, build);
  if (dockerfiles.length === 0) return { stages: { inPlaceOf: { ...stagesWith(facts), ...unchanged } } };
  if (host.wishes.isRefused) {
    const ids = [...new Set(dockerfiles.map(({ id }) => id))];
    const values = { ids, platform: formatPlatform(platform) };
    const location = { file: argumentNames.extensionsPolicy };
    throw new CompileError([diagnose("frontend/extension-refused", values, location)]);
  }
  checkDockerfiles(dockerfiles, host.report);
  const chosen = await chooseRunImage(host.images, { app, generated, platform });
  const applied = { host, detect: detected, platform };
  const [builder, extended] = await Promise.all([
    extendBuilder(applied, build, dockerfiles),
    extendRunImage(applied, chosen.image, chosen.applied),
  ]);
  const name = chosen.target === undefined ? undefined : generated.runImage;
  const recipe = name === undefined ? undefined : await upon?.(name, platform);
  const { plan } = chosen;
  const changed = name === undefined ? extended : { image: chosen.image, history: [], ...extended };
  return {
    stages: {
      ...present({ recipe }),
      inPlaceOf: {
        ...stagesWith(withFacts(facts, platform, chosen)),
        ...unchanged,
        ...(builder === undefined ? {} : { extend: contentsOf(builder) }),
        ...(changed === undefined ? {} : { "extend-run": contentsOf(changed.image) }),
      },
    },
    ...(changed === undefined ? {} : { runImage: { ...present({ name }), plan, ...changed } }),
  };
}

function contentsOf({ state, config }: LoadedImage): ReplacedStages[string] {
  return { definition: definitionFor(state), config };
}

/** A stage of one platform, of which nothing has run. */
async function stage(gateway: Gateway, build: DockerfileBuild, target: string): Promise<LoadedImage> {
  const result = await buildStage(gateway, build, { target, assembled: false });
  const { ref, config } = singleImage(result, `the stage ${target}`);
  return { state: stateOf(definitionOf(ref)), config };
}

function wholeStage(state: State | undefined): State {
  if (state === undefined) throw new Error("a stage is empty");
  return state;
}

/** Images without extensions in the place of what a file has of an earlier detection; none: it has nothing of that kind. */
async function unchangedStages(gateway: Gateway, build: DockerfileBuild): Promise<ReplacedStages> {
  const names = (["extend", "extend-run"] as const).filter((name) => baseStage(build, name) !== name);
  const found = names.map(
    async (name) => [name, contentsOf(await stage(gateway, build, baseStage(build, name)))] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}

/** The stage with an image that no extension has changed. A file can have what extensions made in an earlier detection. */
function baseStage({ recipe: { dockerfile } }: DockerfileBuild, name: "extend" | "extend-run"): string {
  const own = `${name}-base`;
  return stageNamed(dockerfile, own) === undefined ? name : own;
}

/** Undefined: no extension changes the builder image. */
async function extendBuilder(
  applied: Applied,
  build: DockerfileBuild,
  dockerfiles: readonly GeneratedDockerfile[],
): Promise<LoadedImage | undefined> {
  const own = dockerfiles.filter(({ kind }) => kind === "build");
  if (own.length === 0) return undefined;
  const base = await stage(applied.host.gateway, build, baseStage(build, "extend"));
  const { image } = await applyAll(applied, base, own);
  // What they leave in these does not count: the builder's own are there again.
  const state = copy(
    phaseDirectories.map((path) => ({
      from: base.state,
      source: path,
      destination: path,
      isWhole: true,
      isOptional: true,
    })),
    { onto: wholeStage(image.state), without: phaseDirectories },
    `[${formatPlatform(applied.platform)}] keep the builder's own directories`,
  );
  return { state, config: image.config };
}

/** Undefined: no extension changes the run image. Throws CompileError where it would start as root. */
async function extendRunImage(
  applied: Applied,
  base: LoadedImage,
  dockerfiles: readonly GeneratedDockerfile[],
): Promise<Pick<ExtendedRunImage, "image" | "history"> | undefined> {
  if (dockerfiles.length === 0) return undefined;
  const { host, platform } = applied;
  const { image, layers, isRebasable } = await applyAll(applied, base, dockerfiles);
  const { user } = userOf(image.config);
  if (becomesRoot(userOf(base.config).user, user)) {
    const id =
      dockerfiles.findLast(({ text }) => /^\s*USER\s/im.test(text))?.id ?? dockerfiles.at(-1)?.id ?? "";
    throw new CompileError([diagnose("frontend/extension-ends-as-root", { id, user }, { file: id })]);
  }
  const { state, history } = host.canMerge
    ? await reproducibleLayers(host.gateway, { ...host, platform, base: base.state, layers })
    : { state: layers.at(-1)?.state ?? base.state, history: layers.map((layer) => layer.history) };
  const label = { [rebasableLabel]: String(isRebasable) };
  return { image: { state, config: changedConfig(image.config, base.config, label) }, history };
}
