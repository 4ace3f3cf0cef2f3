import { present } from "../../present.ts";
import type { Component, Licence } from "../component.ts";
import type { CyclonedxComponent, CyclonedxDocument, CyclonedxLicence } from "./cyclonedx.ts";

/** Where Syft puts the CPEs that CycloneDX has no place for, and where Grype looks for them. */
const cpeProperty = "syft:cpe23";

/** Source: CycloneDX, hash `content`. */
const hashContent = /^([a-f0-9]{32}|[a-f0-9]{40}|[a-f0-9]{64}|[a-f0-9]{96}|[a-f0-9]{128})$/i;

export function cyclonedxComponents({ metadata, components = [] }: CyclonedxDocument): Component[] {
  const subject = metadata?.component;
  return [...(subject === undefined ? [] : [subject]), ...components].flatMap(withNested).map(componentOf);
}

function withNested(component: CyclonedxComponent): CyclonedxComponent[] {
  return [component, ...(component.components ?? []).flatMap(withNested)];
}

function componentOf(one: CyclonedxComponent): Component {
  const further = (one.properties ?? []).flatMap(({ name, value }) =>
    name === cpeProperty && value !== undefined ? [value] : [],
  );
  return {
    type: one.type,
    name: one.group === undefined || one.group === "" ? one.name : `${one.group}/${one.name}`,
    ...(one.version === undefined || one.version === "" ? {} : { version: one.version }),
    ...present({ purl: one.purl }),
    cpes: [...new Set([...(one.cpe === undefined ? [] : [one.cpe]), ...further])],
    licences: (one.licenses ?? []).flatMap(licenceOf),
    hashes: (one.hashes ?? []).map(({ alg, content }) => ({ algorithm: alg, value: content })),
  };
}

function licenceOf({ expression, license }: CyclonedxLicence): Licence[] {
  const text = expression ?? license?.id;
  if (text !== undefined && text !== "") return [{ kind: "expression", text }];
  const name = license?.name ?? "";
  return name === "" ? [] : [{ kind: "name", text: name }];
}

/** A component as CycloneDX has it. */
export function cyclonedxComponent(component: Component, ref: string): CyclonedxComponent {
  const { type, name, version, purl, cpes, licences } = component;
  const [cpe, ...further] = cpes;
  const hashes = component.hashes.filter(({ value }) => hashContent.test(value));
  return {
    type,
    "bom-ref": ref,
    name,
    ...present({ version }),
    ...(hashes.length === 0
      ? {}
      : { hashes: hashes.map(({ algorithm, value }) => ({ alg: algorithm, content: value })) }),
    ...(licences.length === 0 ? {} : { licenses: licenceList(licences) }),
    ...present({ cpe, purl }),
    ...(further.length === 0 ? {} : { properties: further.map((value) => ({ name: cpeProperty, value })) }),
  };
}

/** One expression, or names side by side: until 1.7 the format has no list of several expressions. */
function licenceList(licences: readonly Licence[]): CyclonedxLicence[] {
  const [first, ...rest] = licences;
  if (first?.kind === "expression" && rest.length === 0) return [{ expression: first.text }];
  return [...new Set(licences.map(({ text }) => text))].map((name) => ({ license: { name } }));
}
