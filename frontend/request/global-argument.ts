import * as v from "valibot";
import type { Dockerfile } from "../../src/dockerfile/dockerfile.ts";
import { formatPlatform, type Platform } from "../../src/image/platform.ts";
import type { Gateway } from "../bridge/gateway.ts";
import { definitionFor, files } from "../graph/llb.ts";
import { dockerfileArguments, type FrontendOptions, noOtherFrontend } from "./options.ts";

export interface ArgumentQuestion {
  readonly dockerfile: Dockerfile;
  /** A build argument that may stand before the first stage. */
  readonly name: string;
  readonly options: FrontendOptions;
  readonly platform: Platform;
}

/** Name of a stage that no Dockerfile has. */
const askedStage = "cnb-dockerfile-asked";

/**
 * The value that FROM lines of a Dockerfile see for a build argument; empty: none. BuildKit itself reads it, for there are
 * many ways to write one: a stage is put below that does nothing but take the argument over, and its outline is asked for,
 * which loads no image. Throws ConnectError with what BuildKit says of the Dockerfile.
 * Source: BuildKit, `frontend/subrequests/outline`.
 */
export async function globalArgument(
  gateway: Gateway,
  { dockerfile, name, options, platform }: ArgumentQuestion,
): Promise<string> {
  const content = `${dockerfile.text}\nFROM scratch AS ${askedStage}\nARG ${name}\n`;
  const input = files([{ path: "/Dockerfile", content }], `[internal] read ${name} of the Dockerfile`);
  const { metadata } = await gateway.solve({
    kind: "frontend",
    frontend: "dockerfile.v0",
    evaluate: false,
    inputs: { dockerfile: definitionFor(input) },
    options: {
      ...noOtherFrontend,
      ...dockerfileArguments(options),
      requestid: "frontend.outline",
      filename: "Dockerfile",
      target: askedStage,
      platform: formatPlatform(platform),
    },
  });
  const answer = Buffer.from(metadata["result.json"] ?? []).toString();
  const value = readOutline(answer)?.find((argument) => argument.name === name)?.value;
  if (value === undefined) throw new Error(`BuildKit's outline says nothing of ${name}: ${answer}`);
  return value;
}

const outlineSchema = v.object({
  args: v.array(v.object({ name: v.string(), value: v.optional(v.string(), "") })),
});

/** Undefined: it is no outline. */
function readOutline(text: string): v.InferOutput<typeof outlineSchema>["args"] | undefined {
  try {
    const read = v.safeParse(outlineSchema, JSON.parse(text));
    return read.success ? read.output.args : undefined;
  } catch {
    return undefined;
  }
}
