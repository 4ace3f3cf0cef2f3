import * as v from "valibot";
import { digestOf } from "../image/digest.ts";

const text = v.string();

const dockerfileSchema = v.strictObject({
  /** The extension that it comes from. */
  id: text,
  version: text,
  /** What it is applied to: the builder image or the run image. */
  kind: v.picklist(["build", "run"]),
  text,
  /** Build arguments of its extend-config.toml. */
  arguments: v.array(v.strictObject({ name: text, value: text })),
  /** Its build context, absolute in the stage `detect`, and the digest of what is in it. Absent: the app's directory. */
  context: v.optional(v.strictObject({ path: text, digest: text })),
});

/** What image extensions made during detection: `extensions.json`. */
export const generatedSchema = v.strictObject({
  version: v.literal(1),
  /** Name of the run image, as analyzed.toml has it after detection. */
  runImage: text,
  /** In the order in which the extensions take part. */
  dockerfiles: v.array(dockerfileSchema),
});

export type GeneratedDockerfiles = v.InferOutput<typeof generatedSchema>;
export type GeneratedDockerfile = GeneratedDockerfiles["dockerfiles"][number];

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
