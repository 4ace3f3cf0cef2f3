import { hash } from "node:crypto";
import { present } from "../../present.ts";
import { version } from "../../version.ts";
import { Collection } from "../collection.ts";
import { sortedBy } from "../compare-texts.ts";
import type { Component } from "../component.ts";
import { carriedComponents } from "../components.ts";
import { type DocumentIdentity, spdxNamespace } from "../identity.ts";
import { Names } from "../names.ts";
import type { SpdxSbom } from "../sbom.ts";
import type { SbomSource } from "../sources.ts";
import {
  type ExtractedLicence,
  noAssertion,
  type SpdxDocument,
  type SpdxElement,
  type SpdxPackage,
  type SpdxRelationship,
  spdxDocumentId,
} from "./spdx.ts";
import { spdxPackage } from "./spdx-components.ts";
import { withNewNames } from "./spdx-names.ts";

/** Name of the merged document. */
const documentName = "buildpacks";

/** One document of all sources. Undefined: they name nothing. */
export function mergeSpdx(sources: readonly SbomSource[], identity: DocumentIdentity): SpdxSbom | undefined {
  const merging = new SpdxMerging();
  const prefixes = new Names();
  for (const { directory, spdx, cyclonedx, syft } of sources) {
    const prefix = prefixes.unique(idText(directory));
    const other = cyclonedx ?? syft;
    if (spdx !== undefined) merging.take(spdx.document, prefix);
    else if (other !== undefined) merging.carryOver(carriedComponents(other), prefix);
  }
  const document = merging.document(identity);
  return document.packages === undefined ? undefined : { kind: "spdx", document };
}

/** Documents that become one, a source after the other. */
class SpdxMerging {
  readonly #ids = new Names();
  readonly #packages = new Collection<SpdxPackage>();
  readonly #files = new Collection<SpdxElement>();
  readonly #snippets = new Collection<SpdxElement>();
  readonly #relationships = new Collection<SpdxRelationship>();
  readonly #annotations = new Collection<object>();
  readonly #externalDocuments = new Collection<object>();
  readonly #licences = new Map<string, ExtractedLicence>();
  readonly #creators = new Set([`Tool: cnb-dockerfile-${version}`]);
  #licenceListVersion: string | undefined;

  /** Takes a document over, with ids that no other has. */
  take(document: SpdxDocument, prefix: string): void {
    const own = document.SPDXID ?? spdxDocumentId;
    const ids = new Map([[own, spdxDocumentId]]);
    const licences = this.#takeLicences(document.hasExtractedLicensingInfos ?? [], prefix);
    const takeAll = <E extends SpdxElement>(kept: Collection<E>, elements: readonly E[] = []) => {
      for (const element of elements) {
        // What an element refers to has its new name before it is compared with others.
        const { SPDXID: id, ...content } = withNewNames(element, ids, licences);
        const { SPDXID } = kept.add(content, () => ({
          ...element,
          ...content,
          SPDXID: this.#idOf(id, prefix),
        }));
        if (!ids.has(id)) ids.set(id, SPDXID);
      }
    };
    takeAll(this.#files, document.files);
    takeAll(this.#snippets, document.snippets);
    takeAll(
      this.#packages,
      document.packages?.map((one) => ({ ...one, downloadLocation: one.downloadLocation ?? noAssertion })),
    );
    this.#takeExternalDocuments(document, ids, prefix);
    this.#takeRelationships(document, ids);
    for (const annotation of document.annotations ?? []) this.#annotations.add(annotation, () => annotation);
    this.#takeCreators(document);
  }

  /** Takes over what another format names. */
  carryOver(components: readonly Component[], prefix: string): void {
    for (const component of components) {
      const { SPDXID: _, ...content } = spdxPackage(component, "", (name) => this.#licenceOfName(name));
      const id = [component.name, component.version ?? []].flat().join("-");
      const { SPDXID } = this.#packages.add(content, () => ({ SPDXID: this.#idOf(id, prefix), ...content }));
      this.#describe(SPDXID);
    }
  }

  document(identity: DocumentIdentity): SpdxDocument {
    const byId = <E extends SpdxElement>(kept: Collection<E>) => sortedBy(kept.all(), ({ SPDXID }) => SPDXID);
    const byText = <E>(kept: Collection<E>) => sortedBy(kept.all(), (value) => JSON.stringify(value));
    const lists = {
      packages: byId(this.#packages),
      files: byId(this.#files),
      snippets: byId(this.#snippets),
      relationships: byText(this.#relationships),
      hasExtractedLicensingInfos: sortedBy(this.#licences.values(), ({ licenseId }) => licenseId),
      externalDocumentRefs: byText(this.#externalDocuments),
      annotations: byText(this.#annotations),
    };
    return {
      spdxVersion: "SPDX-2.3",
      dataLicense: "CC0-1.0",
      SPDXID: spdxDocumentId,
      name: documentName,
      documentNamespace: spdxNamespace(documentName, identity),
      creationInfo: {
        created: identity.created,
        creators: [...this.#creators].sort(),
        ...present({ licenseListVersion: this.#licenceListVersion }),
      },
      ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    };
  }

  #idOf(id: string, prefix: string): string {
    return this.#ids.unique(`SPDXRef-${prefix}-${idText(id.replace(/^SPDXRef-/, ""))}`);
  }

  /** Out: new names of the licences whose name another document gave to another text. */
  #takeLicences(licences: readonly ExtractedLicence[], prefix: string): ReadonlyMap<string, string> {
    const renamed = new Map<string, string>();
    for (const licence of licences) {
      const taken = this.#licences.get(licence.licenseId);
      if (taken === undefined) this.#licences.set(licence.licenseId, licence);
      if (taken === undefined || JSON.stringify(taken) === JSON.stringify(licence)) continue;
      const licenseId = `LicenseRef-${prefix}-${licence.licenseId.replace(/^LicenseRef-/, "")}`;
      renamed.set(licence.licenseId, licenseId);
      this.#licences.set(licenseId, { ...licence, licenseId });
    }
    return renamed;
  }

  /** Id of a licence of which no more than the name is known. */
  #licenceOfName(name: string): string {
    const short = `LicenseRef-${idText(name)}`;
    const taken = this.#licences.get(short);
    const isFree = taken === undefined || taken.extractedText === name;
    // Names that differ in what may not stand in an id.
    const licenseId = isFree ? short : `${short}-${hash("sha256", name).slice(0, 12)}`;
    if (!this.#licences.has(licenseId))
      this.#licences.set(licenseId, { licenseId, name, extractedText: name });
    return licenseId;
  }

  #takeExternalDocuments(document: SpdxDocument, ids: Map<string, string>, prefix: string): void {
    for (const external of document.externalDocumentRefs ?? []) {
      const { externalDocumentId: id } = external;
      const externalDocumentId = `DocumentRef-${prefix}-${idText(id.replace(/^DocumentRef-/, ""))}`;
      ids.set(id, externalDocumentId);
      const renamed = { ...external, externalDocumentId };
      this.#externalDocuments.add(renamed, () => renamed);
    }
  }

  #takeRelationships(document: SpdxDocument, ids: ReadonlyMap<string, string>): void {
    let describes = false;
    for (const relationship of document.relationships ?? []) {
      const spdxElementId = newId(relationship.spdxElementId, ids);
      const relatedSpdxElement = newId(relationship.relatedSpdxElement, ids);
      // To an element that is not there: nobody could follow it.
      if (spdxElementId === undefined || relatedSpdxElement === undefined) continue;
      const renamed = { ...relationship, spdxElementId, relatedSpdxElement };
      this.#relationships.add(renamed, () => renamed);
      describes ||= /^DESCRIBE(S|D_BY)$/.test(relationship.relationshipType);
    }
    // The document has to say what it is about.
    const all = document.packages?.map(({ SPDXID }) => SPDXID) ?? [];
    for (const id of document.documentDescribes ?? (describes ? [] : all)) {
      const described = ids.get(id);
      if (described !== undefined) this.#describe(described);
    }
  }

  #describe(id: string): void {
    const relationship = {
      spdxElementId: spdxDocumentId,
      relatedSpdxElement: id,
      relationshipType: "DESCRIBES",
    };
    this.#relationships.add(relationship, () => relationship);
  }

  #takeCreators({ creationInfo }: SpdxDocument): void {
    for (const creator of creationInfo?.creators ?? []) this.#creators.add(creator);
    const list = creationInfo?.licenseListVersion;
    if (list === undefined) return;
    const compared = this.#licenceListVersion?.localeCompare(list, "en", { numeric: true }) ?? -1;
    if (compared < 0) this.#licenceListVersion = list;
  }
}

/** Undefined: there is no such element. */
function newId(id: string, ids: ReadonlyMap<string, string>): string | undefined {
  if (id === noAssertion || id === "NONE") return id;
  const [document = "", element] = id.split(":", 2);
  if (element === undefined) return ids.get(id);
  const renamed = ids.get(document);
  return renamed === undefined ? undefined : `${renamed}:${element}`;
}

/** What may stand in an id. Source: SPDX 2.3, 7.2. */
function idText(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, "-");
}
