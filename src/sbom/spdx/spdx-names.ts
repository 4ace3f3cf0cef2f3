import { mapTexts } from "../map-texts.ts";

/** Keys whose texts are ids of elements, and those whose texts may name licences. Source: SPDX 2.3, spdx-schema.json. */
const idKeys: ReadonlySet<string> = new Set(["hasFiles", "fileDependencies", "snippetFromFile", "reference"]);
const licenceKeys: ReadonlySet<string> = new Set([
  "licenseConcluded",
  "licenseDeclared",
  "licenseInfoFromFiles",
  "licenseInfoInFiles",
  "licenseInfoInSnippets",
]);

/** An element with the new names of what it refers to: other elements, and licences in expressions. */
export function withNewNames<T>(
  element: T,
  ids: ReadonlyMap<string, string>,
  licences: ReadonlyMap<string, string>,
): T {
  return mapTexts(element, (key, text) => {
    if (idKeys.has(key)) return ids.get(text) ?? text;
    if (licences.size === 0 || !licenceKeys.has(key)) return text;
    return text.replace(/LicenseRef-[A-Za-z0-9.-]+/g, (name) => licences.get(name) ?? name);
  });
}
