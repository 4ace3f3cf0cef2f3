import * as v from "valibot";
import { digestOf } from "../image/digest.ts";
import type { GeneratedDockerfiles } from "./generated-dockerfile.ts";

const text = v.string();

const dockerfileSchema = v.strictObject({
  ...{ id: text, version: text, kind: v.picklist(["build", "run"]), text },
  arguments: v.pipe(v.array(v.strictObject({ name: text, value: text })), v.readonly()),
  context: v.optional(v.strictObject({ path: text, digest: text })),
});

/** `extensions.json`. */
export const generatedSchema = v.strictObject({
  version: v.literal(1),
  runImage: text,
  dockerfiles: v.pipe(v.array(dockerfileSchema), v.readonly()),
});

/** Reads the file. Throws ValiError or SyntaxError: it is ours, so a fault in it is our bug. */
export function parseGeneratedDockerfiles(json: string): GeneratedDockerfiles {
  return v.parse(generatedSchema, JSON.parse(json));
}

export function formatGeneratedDockerfiles(generated: GeneratedDockerfiles): string {
  return `${JSON.stringify(generated)}\n`;
}

/**
 * What tells it from what extensions would make otherwise. The contents of contexts do not count: a build takes them from its own
 * detection.
 */
export function generatedDigest({ runImage, dockerfiles }: GeneratedDockerfiles): string {
  const known = dockerfiles.map(({ context, ...others }) => ({ ...others, context: context?.path }));
  return digestOf(Buffer.from(JSON.stringify({ runImage, dockerfiles: known })));
}
