import { present } from "../../present.ts";
import type { Component, Hash, Licence } from "../component.ts";
import { noAssertion, type SpdxDocument, type SpdxPackage } from "./spdx.ts";

/** SPDX's words for CycloneDX's: package purposes. Source: SPDX 2.3, 7.24; CycloneDX, component `type`. */
const purposes = new Map([
  ["application", "APPLICATION"],
  ["framework", "FRAMEWORK"],
  ["library", "LIBRARY"],
  ["container", "CONTAINER"],
  ["operating-system", "OPERATING-SYSTEM"],
  ["device", "DEVICE"],
  ["firmware", "FIRMWARE"],
  ["file", "FILE"],
]);
const types = new Map(Array.from(purposes, ([type, purpose]) => [purpose, type]));

/** Checksums that both formats know. Source: SPDX 2.3, 7.10; CycloneDX, hash `alg`. */
const algorithms = new Map([
  ["MD5", "MD5"],
  ["SHA-1", "SHA1"],
  ["SHA-256", "SHA256"],
  ["SHA-384", "SHA384"],
  ["SHA-512", "SHA512"],
  ["SHA3-256", "SHA3-256"],
  ["SHA3-384", "SHA3-384"],
  ["SHA3-512", "SHA3-512"],
  ["BLAKE2b-256", "BLAKE2b-256"],
  ["BLAKE2b-384", "BLAKE2b-384"],
  ["BLAKE2b-512", "BLAKE2b-512"],
  ["BLAKE3", "BLAKE3"],
]);
const hashNames = new Map(Array.from(algorithms, ([name, algorithm]) => [algorithm, name]));

export function spdxComponents({
  packages = [],
  hasExtractedLicensingInfos = [],
}: SpdxDocument): Component[] {
  const licenceNames = new Map(hasExtractedLicensingInfos.map(({ licenseId, name }) => [licenseId, name]));
  return packages.map((one) => ({
    type: types.get(one.primaryPackagePurpose ?? "LIBRARY") ?? "library",
    name: one.name,
    ...(known(one.versionInfo) ? { version: one.versionInfo } : {}),
    ...packageUrl(one),
    cpes: references(one, /^cpe2[23]Type$/),
    licences: licences(one, licenceNames),
    hashes: (one.checksums ?? []).flatMap(({ algorithm, checksumValue }): Hash[] => {
      const name = hashNames.get(algorithm);
      return name === undefined ? [] : [{ algorithm: name, value: checksumValue }];
    }),
  }));
}

function packageUrl(one: SpdxPackage): { readonly purl?: string } {
  const [purl] = references(one, /^purl$/);
  return purl === undefined ? {} : { purl };
}

function references({ externalRefs = [] }: SpdxPackage, type: RegExp): string[] {
  return externalRefs
    .filter(({ referenceType }) => type.test(referenceType))
    .map(({ referenceLocator }) => referenceLocator);
}

/** What the package says of itself counts before what somebody concluded. */
function licences(
  { licenseDeclared, licenseConcluded }: SpdxPackage,
  names: ReadonlyMap<string, string | undefined>,
): Licence[] {
  const text = [licenseDeclared, licenseConcluded].find(known);
  if (text === undefined) return [];
  // An id of the document's own says nothing outside of it.
  const name = names.get(text);
  return [name === undefined ? { kind: "expression", text } : { kind: "name", text: name }];
}

function known(text: string | undefined): text is string {
  return text !== undefined && text !== "" && text !== noAssertion && text !== "NONE";
}

/** How an expression looks; some tools put sentences there. Source: SPDX 2.3, annex D. */
const expression = /^\(*[\w.+:-]+\)*( +(AND|OR|WITH) +\(*[\w.+:-]+\)*)*$/;

/**
 * A component as a package. In: its id, and the id of a licence that is no expression, by its name.
 * Licences that a component names side by side apply together, as the formats that name several mean it.
 */
export function spdxPackage(
  component: Component,
  id: string,
  licenceId: (name: string) => string,
): SpdxPackage {
  const { name, version, purl, cpes, licences, hashes } = component;
  const checksums = hashes.flatMap(({ algorithm, value }) => {
    const known = algorithms.get(algorithm);
    return known === undefined ? [] : [{ algorithm: known, checksumValue: value.toLowerCase() }];
  });
  const externalRefs = [
    ...(purl === undefined ? [] : [reference("PACKAGE-MANAGER", "purl", purl)]),
    ...cpes.flatMap((cpe) => cpeReference(cpe)),
  ];
  const expressions = licences.map(({ kind, text }) =>
    kind === "expression" && expression.test(text) ? text : licenceId(text),
  );
  return {
    SPDXID: id,
    name,
    ...present({ versionInfo: version }),
    downloadLocation: noAssertion,
    // Its files are not listed, so there is nothing to verify them by.
    filesAnalyzed: false,
    primaryPackagePurpose: purposes.get(component.type) ?? "OTHER",
    ...(expressions.length === 0 ? {} : { licenseDeclared: all(expressions) }),
    ...(checksums.length === 0 ? {} : { checksums }),
    ...(externalRefs.length === 0 ? {} : { externalRefs }),
  };
}

function cpeReference(cpe: string) {
  if (cpe.startsWith("cpe:2.3:")) return [reference("SECURITY", "cpe23Type", cpe)];
  return cpe.startsWith("cpe:/") ? [reference("SECURITY", "cpe22Type", cpe)] : [];
}

function reference(referenceCategory: string, referenceType: string, referenceLocator: string) {
  return { referenceCategory, referenceType, referenceLocator };
}

function all(expressions: readonly string[]): string {
  const [first = "", ...rest] = [...new Set(expressions)];
  if (rest.length === 0) return first;
  return [first, ...rest].map((text) => (text.includes(" ") ? `(${text})` : text)).join(" AND ");
}
