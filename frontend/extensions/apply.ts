import { dockerfileArguments } from "../../src/contract/dockerfile-arguments.ts";
import type { GeneratedDockerfile } from "../../src/contract/generated-dockerfile.ts";
import { rootOwner } from "../../src/contract/owner.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import { parseReference } from "../../src/image/reference.ts";
import { appDirectory } from "../../src/stages/paths.ts";
import { definitionOf, type Gateway } from "../bridge/gateway.ts";
import { alreadyRun } from "../graph/definition.ts";
import { configMetadata } from "../graph/dockerfile-build.ts";
import { copy, definitionFor, files, type State, stateOf } from "../graph/llb.ts";
import { withSingleInputs } from "../graph/single-inputs.ts";
import { singleImage } from "../image/result.ts";
import { inScope, scopeOf } from "../request/cache-scope.ts";
import { type FrontendOptions, noOtherFrontend, stepOptions } from "../request/options.ts";
import { familiarName, type LoadedImage } from "../sources/named-contexts.ts";
import { confined } from "./confined.ts";
import { userOf } from "./extended-config.ts";

export interface ApplyRequest {
  readonly dockerfile: GeneratedDockerfile;
  /** What its FROM line means. */
  readonly base: LoadedImage;
  /** The stage `detect`, which has run: its files are what COPY takes. */
  readonly detect: State;
  readonly platform: Platform;
  readonly options: FrontendOptions;
  readonly buildId: string;
  /** Whether its steps run again, whatever the cache has. */
  readonly runsAgain: boolean;
  readonly hasNetwork: boolean;
}

/** Name of the image below, in place of the argument `base_image`. No registry is asked for it. */
const baseContext = "cnb-extend-base";

/**
 * Applies an extension's Dockerfile; nothing of it has run. BuildKit's own Dockerfile frontend reads it, without any `# syntax=` line
 * of it. Throws ConnectError. Source: CNB image extension spec, "Dockerfiles"; lifecycle, `phase/extender.go`.
 */
export async function applyDockerfile(gateway: Gateway, request: ApplyRequest): Promise<LoadedImage> {
  const { dockerfile, base, detect, platform, options, buildId, runsAgain, hasNetwork } = request;
  const { id, kind, text, context } = dockerfile;
  const title = `[${formatPlatform(platform)}] ${kind}.Dockerfile of ${id}`;
  const below = { name: baseContext, ...userOf(base.config) };
  const values = dockerfileArguments(dockerfile, below, buildId);
  const ownContext = contextState(detect, context?.path ?? appDirectory, title);
  const result = await gateway.solve({
    kind: "frontend",
    frontend: "dockerfile.v0",
    evaluate: false,
    inputs: {
      dockerfile: definitionFor(files([{ path: "/Dockerfile", content: text }], `${title}: load`)),
      context: definitionFor(ownContext),
      base: definitionFor(base.state),
    },
    options: {
      ...stepOptions(options),
      ...noOtherFrontend,
      ...(runsAgain ? { "no-cache": "" } : {}),
      // Its author is not who reads this log.
      "build-arg:BUILDKIT_DOCKERFILE_CHECK": "skip=all",
      filename: "Dockerfile",
      platform: formatPlatform(platform),
      [`context:${baseContext}`]: "input:base",
      ...ownName(text),
      "input-metadata:base": configMetadata(base.config),
      ...Object.fromEntries(Array.from(values, ([name, value]) => [`build-arg:${name}`, value])),
    },
  });
  const { ref, config } = singleImage(result, title);
  const graph = confined(definitionOf(ref), {
    ...{ dockerfile, given: [base.state, ownContext], hasNetwork },
    hasHostNetwork: options.values["force-network-mode"] === "host",
  });
  const scope = scopeOf(options);
  const scoped = scope === undefined ? graph : inScope(graph, scope);
  return { state: stateOf(withSingleInputs(scoped)), config };
}

/** What COPY takes, which root owns unless it says otherwise, as it does in any Dockerfile build. */
function contextState(detect: State, path: string, title: string): State {
  return copy([{ from: detect, source: path, destination: "/" }], { owner: rootOwner }, `${title}: context`);
}

/** Of a Dockerfile that begins with an image by its name: that image has been looked up. */
function ownName(text: string): Record<string, string> {
  const reference = parseReference(readDockerfile(text).stages[0]?.base ?? "");
  return reference === undefined ? {} : { [`context:${familiarName(reference)}`]: "input:base" };
}

/** What has run in this build, for more to be made of it. */
export function ran(state: State | undefined): State | undefined {
  return state && stateOf(alreadyRun(definitionFor(state)));
}
