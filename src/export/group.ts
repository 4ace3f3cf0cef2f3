import * as v from "valibot";
import type { ByteString } from "../layer/byte-string.ts";
import { readTomlFile, readTomlText } from "./checked-file.ts";

const groupSchema = v.object({
  group: v.optional(v.array(v.object({ id: v.string(), version: v.optional(v.string(), "") })), []),
});

/** A buildpack that took part in the build. */
export type GroupMember = v.InferOutput<typeof groupSchema>["group"][number];

/** The buildpacks of the build, in order, as the detector wrote them. */
export function readGroup(root: ByteString, layersDirectory: ByteString): readonly GroupMember[] {
  return readTomlFile(root, `${layersDirectory}/group.toml`, groupSchema).group;
}

/** The same from its text. Throws CompileError. */
export function parseGroup(text: string): readonly GroupMember[] {
  return readTomlText(text, "group.toml", groupSchema).group;
}

/** The id as it names a directory. Source: buildpack spec, "Layers". */
export function escapeId(id: string): string {
  return id.replaceAll("/", "_");
}
