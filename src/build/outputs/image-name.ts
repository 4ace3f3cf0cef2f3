import { parseReference } from "../../image/reference.ts";
import type { Source } from "../source/source.ts";

/** The last part of the user's first name, or the source's name in the letters that one may have. */
export function imageName({ name }: Pick<Source, "name">, [first]: readonly string[]): string {
  const reference = first === undefined ? undefined : parseReference(first);
  if (reference !== undefined) return reference.repository.split("/").at(-1) ?? "app";
  const clean = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return clean === "" ? "app" : clean;
}
