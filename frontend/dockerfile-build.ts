import { formatPlatform, type Platform } from "../src/index.ts";
import type { Gateway } from "./gateway.ts";
import type { Result } from "./generated/gateway_pb.js";
import type { Definition } from "./generated/ops_pb.js";
import { definitionFor, files, type State } from "./llb.ts";
import { dockerfileArguments, dockerfileOptions, type FrontendOptions } from "./options.ts";
import type { ProjectSource } from "./project-source.ts";
import type { Recipe } from "./recipe.ts";

export interface DockerfileBuild {
  readonly recipe: Recipe;
  readonly project: ProjectSource;
  readonly options: FrontendOptions;
  /** Our own image. */
  readonly own: State;
  readonly platforms: readonly Platform[];
  /** Whether the result has a Ref for each platform, by its name. */
  readonly asIndex: boolean;
}

export interface StageRequest {
  /** Name of the stage that is to be built. */
  readonly target: string;
  /** Whether to wait for its steps; else they run when somebody needs what they make. */
  readonly evaluate: boolean;
  /** Whether the frontend makes the image's layers, rather than the stage `app`. */
  readonly assembled: boolean;
}

/** Has BuildKit's own Dockerfile frontend build a stage. Throws ConnectError. */
export function buildStage(
  gateway: Gateway,
  { recipe, project, options, own, platforms, asIndex }: DockerfileBuild,
  { target, evaluate, assembled }: StageRequest,
): Promise<Result> {
  const { ignoreFile, context } = project;
  const dockerfile = files(
    [
      { path: "/Dockerfile", content: recipe.dockerfile },
      ...(ignoreFile === undefined ? [] : [{ path: "/Dockerfile.dockerignore", content: ignoreFile }]),
    ],
    "[internal] Dockerfile of the project",
  );
  const inputs: Record<string, Definition> = {
    dockerfile: definitionFor(dockerfile),
    own: definitionFor(own),
    ...(context === undefined ? {} : { context: definitionFor(context) }),
  };
  return gateway.solve({
    kind: "frontend",
    frontend: "dockerfile.v0",
    evaluate,
    inputs,
    options: {
      ...dockerfileOptions(options),
      ...(recipe.isGenerated ? dockerfileArguments(options) : {}),
      filename: "Dockerfile",
      target,
      platform: platforms.map(formatPlatform).join(","),
      "multi-platform": String(asIndex),
      ...(assembled ? { "build-arg:CNB_DOCKERFILE_ASSEMBLE": "1" } : {}),
      ...(recipe.ownImage === undefined ? {} : { [`context:${recipe.ownImage}`]: "input:own" }),
    },
  });
}
