import { mapTexts } from "../map-texts.ts";

/** Keys whose texts name elements of the same document, besides those that end in `Ref`. Source: CycloneDX, refType. */
const referenceKeys: ReadonlySet<string> = new Set([
  "ref",
  "dependsOn",
  "provides",
  "assemblies",
  "dependencies",
  "vulnerabilities",
  "subjects",
  "tools",
]);

/** Names of a thing and of all that is in it, its own first. */
export function bomRefs({ "bom-ref": own, ...rest }: object & { readonly "bom-ref"?: unknown }): string[] {
  const refs = typeof own === "string" ? [own] : [];
  mapTexts(rest, (key, text) => {
    if (key === "bom-ref") refs.push(text);
    return text;
  });
  return refs;
}

/** Gives everything in it another name. */
export function withBomRefs<T>(value: T, rename: (ref: string) => string): T {
  return mapTexts(value, (key, text) => (key === "bom-ref" ? rename(text) : text));
}

/** Gives references to other things the new names of these. */
export function withNewRefs<T>(value: T, refs: ReadonlyMap<string, string>): T {
  return mapTexts(value, (key, text) =>
    referenceKeys.has(key) || key.endsWith("Ref") ? (refs.get(text) ?? text) : text,
  );
}
