import { diagnose } from "../../diagnostics/diagnose.ts";
import type { ReadOption } from "../option.ts";

/**
 * Uris of a descriptor whose buildpacks whoever builds hands over: each with the locator that takes its place,
 * `context://local-buildpack-N[/FILE]`, or a path of the project.
 */
export type HandedUris = ReadonlyMap<string, string>;

/** As our client tells the frontend: a list of pairs in JSON. */
export function formatHandedUris(uris: HandedUris): string {
  return JSON.stringify([...uris]);
}

export const readHandedUris: ReadOption<HandedUris> = (text, location, found) => {
  const pairs = parse(text);
  if (Array.isArray(pairs) && pairs.every(isPair)) return new Map(pairs);
  found.push(diagnose("frontend/bad-handed-uris", undefined, location));
  return undefined;
};

/** Undefined: it is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === "string");
}
