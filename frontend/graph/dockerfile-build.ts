import { type Dockerfile, stageNamed } from "../../src/dockerfile/dockerfile.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import {
  assembleArgument,
  cacheScopeArgument,
  secretsVersionArgument,
} from "../../src/options/step-variables.ts";
import { present } from "../../src/present.ts";
import { definitionOf, type Gateway } from "../bridge/gateway.ts";
import type { Ref, Result } from "../generated/gateway_pb.js";
import type { Definition } from "../generated/ops_pb.js";
import { joinResults } from "../image/result.ts";
import { inScope, type ScopedBuild, scopeOf } from "../request/cache-scope.ts";
import {
  argumentOf,
  dockerfileArguments,
  dockerfileOptions,
  type FrontendOptions,
  noOtherFrontend,
} from "../request/options.ts";
import type { Recipe } from "../request/recipe.ts";
import { previousContexts } from "../sources/previous-image.ts";
import type { ProjectSource } from "../sources/project-source.ts";
import { definitionFor, files, type State } from "./llb.ts";
import type { SelfEmulated } from "./self-emulated.ts";
import { withShortTitles } from "./short-titles.ts";
import { withSingleInputs } from "./single-inputs.ts";

export interface DockerfileBuild {
  readonly recipe: Recipe;
  readonly project: ProjectSource;
  readonly options: FrontendOptions;
  /** Options by which the client's named contexts take the place of images. */
  readonly namedContexts: Readonly<Record<string, string>>;
  /** Our own image. */
  readonly own: State;
  readonly platforms: readonly Platform[];
  /** Which of them BuildKit emulates by itself. */
  readonly selfEmulated: SelfEmulated;
  /** What image extensions put in place of stages, by platform; absent: nothing, or nobody knows yet. */
  readonly extended?: ReadonlyMap<string, HandedStages>;
  /** Whether the result has a Ref for each platform, by its name. */
  readonly asIndex: boolean;
}

/** Inputs of BuildKit's Dockerfile frontend, and the options by which it finds them. */
export interface HandedStages {
  /** What is built for the platform; absent: the build's own recipe. */
  readonly recipe?: Recipe;
  readonly inputs: Readonly<Record<string, Definition>>;
  readonly options: Readonly<Record<string, string>>;
}

interface StageRequest {
  /** Name of the stage that is to be built. */
  readonly target: string;
  /** Whether the frontend makes the image's layers, rather than the stage `app`. */
  readonly assembled: boolean;
  /** What takes the place of stages, by their names. */
  readonly inPlaceOf?: Readonly<Record<string, Definition>>;
  /** Build arguments beside those that the client gave. */
  readonly buildArguments?: Readonly<Record<string, string>>;
}

/**
 * Asks BuildKit's own Dockerfile frontend for the graph of a stage; nothing of it has run. Throws ConnectError. A platform that
 * BuildKit emulates by itself counts as the one that builds, too: every step of it is emulated, and can start our program.
 */
export async function buildStage(
  gateway: Gateway,
  build: DockerfileBuild,
  request: StageRequest,
): Promise<Result> {
  const { platforms, selfEmulated, extended } = build;
  const isAlone = (platform: Platform) => {
    const name = formatPlatform(platform);
    return selfEmulated.has(name) || extended?.has(name) === true;
  };
  const others = platforms.filter((platform) => !isAlone(platform));
  const parts = [
    ...(others.length === 0 ? [] : [solveStage(gateway, { ...build, platforms: others }, request)]),
    ...platforms.filter(isAlone).map((platform) => {
      const name = formatPlatform(platform);
      const own = selfEmulated.get(name);
      const handed = extended?.get(name);
      const recipe = handed?.recipe;
      const alone = { ...build, platforms: [platform], ...present({ own, handed, recipe }) };
      if (own === undefined) return solveStage(gateway, alone, request);
      const buildArguments = { ...request.buildArguments, BUILDPLATFORM: name };
      return solveStage(gateway, alone, { ...request, buildArguments });
    }),
  ];
  return joinResults(await Promise.all(parts));
}

async function solveStage(
  gateway: Gateway,
  build: DockerfileBuild & { readonly handed?: HandedStages },
  { target, assembled, inPlaceOf = {}, buildArguments = {} }: StageRequest,
): Promise<Result> {
  const { recipe, project, options, namedContexts, own, platforms, asIndex, handed } = build;
  const { ignoreFile, context } = project;
  const handedNames = Object.keys(handed?.inputs ?? {});
  const dockerfile = files(
    [
      { path: "/Dockerfile", content: withEmptyBases(recipe.dockerfile, handedNames) },
      ...(ignoreFile === undefined ? [] : [{ path: "/Dockerfile.dockerignore", content: ignoreFile }]),
    ],
    "[internal] load generated Dockerfile",
  );
  const previous = recipe.previous && previousContexts(recipe.previous, platforms);
  const inputs: Record<string, Definition> = {
    dockerfile: definitionFor(dockerfile),
    own: definitionFor(own),
    ...(context === undefined ? {} : { context: definitionFor(context) }),
    ...previous?.inputs,
    ...handed?.inputs,
    ...inPlaceOf,
  };
  const scope = scopeOf(options);
  const result = await gateway.solve({
    kind: "frontend",
    frontend: "dockerfile.v0",
    evaluate: false,
    inputs,
    options: {
      ...dockerfileOptions(options),
      ...noOtherFrontend,
      ...(recipe.isGenerated ? dockerfileArguments(options) : {}),
      ...present({ [`build-arg:${secretsVersionArgument}`]: argumentOf(options, "secretsVersion") }),
      ...(scope === undefined ? {} : { [`build-arg:${cacheScopeArgument}`]: scope.own }),
      filename: "Dockerfile",
      target,
      platform: platforms.map(formatPlatform).join(","),
      "multi-platform": String(asIndex),
      ...(assembled ? { [`build-arg:${assembleArgument}`]: "image" } : {}),
      ...(recipe.ownImage === undefined ? {} : { [`context:${recipe.ownImage}`]: "input:own" }),
      ...namedContexts,
      ...previous?.options,
      ...handed?.options,
      ...Object.fromEntries(Object.keys(inPlaceOf).map((name) => [`context:${name}`, `input:${name}`])),
      ...Object.fromEntries(
        Object.entries(buildArguments).map(([name, value]) => [`build-arg:${name}`, value]),
      ),
    },
  });
  return changed(gateway, result, scope);
}

/**
 * The text with stages that begin with nothing, as something else takes their place: where a stage begins with another one, BuildKit before
 * 0.20 puts that one into its place again.
 */
function withEmptyBases(dockerfile: Dockerfile, names: readonly string[]): string {
  const lines = dockerfile.text.split("\n");
  for (const name of names) {
    const stage = stageNamed(dockerfile, name);
    if (stage !== undefined) lines[stage.line - 1] = `FROM scratch AS ${name}`;
  }
  return lines.join("\n");
}

/** The same stages, with short titles, no input mounted twice and, under a scope, no cache mount outside of it, whatever the Dockerfile says. */
async function changed(gateway: Gateway, answer: Result, scope: ScopedBuild | undefined): Promise<Result> {
  const { result } = answer;
  const moved = async (ref: Ref) => {
    const definition = definitionOf(ref);
    const titled = withSingleInputs(withShortTitles(definition));
    const confined = scope === undefined ? titled : inScope(titled, scope);
    return confined === definition ? ref : gateway.solveGraph(confined, false);
  };
  switch (result.case) {
    case "ref":
      return { ...answer, result: { case: "ref", value: await moved(result.value) } };
    case "refs": {
      const refs = await Promise.all(
        Object.entries(result.value.refs).map(async ([name, ref]) => [name, await moved(ref)] as const),
      );
      const value = { ...result.value, refs: Object.fromEntries(refs) };
      return { ...answer, result: { case: "refs", value } };
    }
    default:
      return answer;
  }
}
