import type { BuildRequest } from "../../engines/build-request.ts";
import type { BuildOutput } from "../../engines/outputs/build-output.ts";
import { argumentNames } from "../../options/build-arguments.ts";
import type { BuildFileKind } from "../file/build-file.ts";

/** What of the image that is being replaced the frontend takes where the app's cache remembers nothing. */
const argument = argumentNames.replacedImage;

/**
 * The request with the name of the image that it replaces in a registry, as pack looks at it. Where another one is named, or nothing is to
 * be remembered, it stays as it is.
 */
export function withReplacedImage(
  request: BuildRequest,
  outputs: readonly BuildOutput[],
  kind: BuildFileKind,
): BuildRequest {
  const { buildArguments, noCache, tags } = request;
  const pushed = outputs.find(({ type, attributes }) => type === "registry" || attributes.push === "true");
  const isNamed = buildArguments.some(
    ({ name }) => name === argumentNames.previousImage || name === argument,
  );
  if (kind !== "project" || pushed === undefined || noCache || isNamed) return request;
  const name = pushed.attributes.name?.split(",")[0] ?? tags[0];
  if (name === undefined) return request;
  return { ...request, buildArguments: [...buildArguments, { name: argument, value: name }] };
}
