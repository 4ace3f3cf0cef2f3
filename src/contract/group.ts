import * as v from "valibot";
import { parseToml } from "../toml/parse-toml.ts";

/** `group.toml` in the directory of the layers, as the detector writes it. Source: CNB platform spec, "detector". */
const membersSchema = v.optional(
  v.array(v.object({ id: v.string(), version: v.optional(v.string(), "") })),
  [],
);
export const groupSchema = v.object({
  group: membersSchema,
  /** Image extensions that take part, in the order in which they are applied. */
  "group-extensions": membersSchema,
});

/** A buildpack that took part in the build. */
export type GroupMember = v.InferOutput<typeof groupSchema>["group"][number];

/** The buildpacks of a build, in order, from the text of that file. Throws the parser's error, ValiError. */
export function parseGroup(text: string): readonly GroupMember[] {
  return v.parse(groupSchema, parseToml(text)).group;
}
