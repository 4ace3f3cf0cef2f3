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
import type { SourceCopies } from "./source-copy.ts";

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
  /** What image extensions change of it, by platform; absent: nothing, or nobody knows yet. */
  readonly extended?: ReadonlyMap<string, ExtendedStages>;
  /** Takes the step away that copies the source, where it can; absent: the Dockerfile's own step copies it. */
  readonly copies?: SourceCopies;
  /** Whether the result has a Ref for each platform, by its name. */
  readonly asIndex: boolean;
}

/** What takes the place of stages, by their names. */
export type ReplacedStages = Readonly<
  Record<
    string,
    {
      readonly definition: Definition;
      /** Config of the image that it is. Absent: files alone. */
      readonly config?: Uint8Array;
    }
  >
>;

export interface ExtendedStages {
  /** What is built for the platform; absent: the build's own recipe. */
  readonly recipe?: Recipe;
  readonly inPlaceOf: ReplacedStages;
}

interface StageRequest {
  /** Name of the stage that is to be built. */
  readonly target: string;
  /** Whether the frontend makes the image's layers, rather than the stage `app`. */
  readonly assembled: boolean;
  readonly inPlaceOf?: ReplacedStages;
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
      const { recipe, inPlaceOf } = extended?.get(name) ?? {};
      const alone = { ...build, platforms: [platform], ...present({ own, recipe }) };
      return solveStage(gateway, alone, {
        ...{ ...request, inPlaceOf: { ...inPlaceOf, ...request.inPlaceOf } },
        ...(own === undefined ? {} : { buildArguments: { ...request.buildArguments, BUILDPLATFORM: name } }),
      });
    }),
  ];
  return joinResults(await Promise.all(parts));
}

async function solveStage(
  gateway: Gateway,
  { recipe, project, options, namedContexts, own, platforms, copies, asIndex }: DockerfileBuild,
  { target, assembled, inPlaceOf = {}, buildArguments = {} }: StageRequest,
): Promise<Result> {
  const { ignoreFile, context } = project;
  const replaced = Object.entries(inPlaceOf);
  const dockerfile = files(
    [
      { path: "/Dockerfile", content: withEmptyBases(recipe.dockerfile, Object.keys(inPlaceOf)) },
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
    ...Object.fromEntries(replaced.map(([name, { definition }]) => [name, definition])),
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
      ...Object.fromEntries(
        replaced.flatMap(([name, { config }]) => [
          [`context:${name}`, `input:${name}`],
          ...(config === undefined ? [] : [[`input-metadata:${name}`, configMetadata(config)]]),
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(buildArguments).map(([name, value]) => [`build-arg:${name}`, value]),
      ),
    },
  });
  return changed(gateway, result, { ...present({ scope, copies }) });
}

/** How BuildKit's Dockerfile frontend is told the config of an input, as JSON. Source: BuildKit, `frontend/dockerui/namedcontext.go`. */
export function configMetadata(config: Uint8Array): string {
  return JSON.stringify({ "containerimage.config": Buffer.from(config).toString("base64") });
}

/**
 * The text with stages that begin with nothing, as something else takes their place: where a stage begins with another one, BuildKit 0.17
 * puts that one into its place again. A FROM line that somebody has broken into several stays.
 */
function withEmptyBases(dockerfile: Dockerfile, names: readonly string[]): string {
  const lines = dockerfile.text.split("\n");
  for (const name of names) {
    const at = (stageNamed(dockerfile, name)?.line ?? 0) - 1;
    if (/\sAS\s+\S+\s*$/i.test(lines[at] ?? "")) lines[at] = `FROM scratch AS ${name}`;
  }
  return lines.join("\n");
}

/**
 * The same stages, with short titles, no input mounted twice, no step where a copy gives the same and, under a scope, no cache mount
 * outside of it, whatever the Dockerfile says.
 */
async function changed(
  gateway: Gateway,
  answer: Result,
  { scope, copies }: { readonly scope?: ScopedBuild; readonly copies?: SourceCopies },
): Promise<Result> {
  const { result } = answer;
  const moved = async (ref: Ref) => {
    const definition = definitionOf(ref);
    const shown = withShortTitles(definition);
    const titled = withSingleInputs((await copies?.inPlaceOfSteps(shown)) ?? shown);
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
