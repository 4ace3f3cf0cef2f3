import { shortTitle } from "../../src/dockerfile/read/short-title.ts";
import type { Definition } from "../generated/ops_pb.js";

/** Name that BuildKit has for a step's title. */
const titleName = "llb.customname";

/** The same graph with short titles, which do not count for what a step is: a title is printed again where its step fails. */
export function withShortTitles(definition: Definition): Definition {
  return withTitles(definition, shortTitle);
}

/** The same graph with other titles. In: what makes a title of one, and of the digest of its operation. */
export function withTitles(
  definition: Definition,
  change: (title: string, digest: string) => string,
): Definition {
  let isChanged = false;
  const metadata = Object.entries(definition.metadata).map(([digest, value]) => {
    const title = value.description[titleName];
    const changed = title === undefined ? undefined : change(title, digest);
    if (changed === undefined || changed === title) return [digest, value] as const;
    isChanged = true;
    return [digest, { ...value, description: { ...value.description, [titleName]: changed } }] as const;
  });
  return isChanged ? { ...definition, metadata: Object.fromEntries(metadata) } : definition;
}
