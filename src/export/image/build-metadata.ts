import * as v from "valibot";
import type { ByteString } from "../../layer/byte-string.ts";
import { readTomlFile } from "../checked-file.ts";

const text = v.string();
const texts = v.array(text);

const moduleSchema = v.object({
  id: text,
  version: v.optional(text, ""),
  homepage: v.optional(text),
  optional: v.optional(v.boolean()),
});

const processSchema = v.object({
  type: text,
  command: v.pipe(
    v.union([text, texts]),
    v.transform((command) => (typeof command === "string" ? [command] : command)),
  ),
  args: v.optional(texts),
  direct: v.optional(v.boolean(), false),
  default: v.optional(v.boolean()),
  "buildpack-id": v.optional(text, ""),
  "working-dir": v.optional(text),
  "exec-env": v.optional(texts),
});

/** What of metadata.toml matters here. Source: CNB platform spec, "metadata.toml". */
const buildMetadataSchema = v.object({
  "buildpack-default-process-type": v.optional(text),
  buildpacks: v.optional(v.array(moduleSchema)),
  extensions: v.optional(v.array(moduleSchema)),
  labels: v.optional(v.array(v.object({ key: v.optional(text, ""), value: v.optional(text, "") })), []),
  processes: v.optional(v.array(processSchema), []),
  slices: v.optional(v.array(v.object({ paths: v.optional(texts, []) })), []),
});

export type BuildMetadata = v.InferOutput<typeof buildMetadataSchema>;
export type BuildModule = v.InferOutput<typeof moduleSchema>;
export type LaunchProcess = v.InferOutput<typeof processSchema>;

/** What the builder phase recorded for export and launch. */
export function readBuildMetadata(root: ByteString, layersDirectory: ByteString): BuildMetadata {
  return readTomlFile(root, `${layersDirectory}/config/metadata.toml`, buildMetadataSchema);
}
