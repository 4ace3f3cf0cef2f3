import * as v from "valibot";

/** Id that every document has. Source: SPDX 2.3, 6.3. */
export const spdxDocumentId = "SPDXRef-DOCUMENT";

/** What stands where a value is not known. Source: SPDX 2.3, 7.7. */
export const noAssertion = "NOASSERTION";

const strings = v.array(v.string());

const spdxPackageSchema = v.looseObject({
  SPDXID: v.string(),
  name: v.string(),
  /** Has to be there; some tools leave it out. */
  downloadLocation: v.exactOptional(v.string()),
  versionInfo: v.exactOptional(v.string()),
  primaryPackagePurpose: v.exactOptional(v.string()),
  licenseConcluded: v.exactOptional(v.string()),
  licenseDeclared: v.exactOptional(v.string()),
  licenseInfoFromFiles: v.exactOptional(strings),
  hasFiles: v.exactOptional(strings),
  externalRefs: v.exactOptional(
    v.array(
      v.looseObject({
        referenceCategory: v.string(),
        referenceType: v.string(),
        referenceLocator: v.string(),
      }),
    ),
  ),
  checksums: v.exactOptional(v.array(v.looseObject({ algorithm: v.string(), checksumValue: v.string() }))),
});

const spdxElementSchema = v.looseObject({ SPDXID: v.string() });

const relationshipSchema = v.looseObject({
  spdxElementId: v.string(),
  relatedSpdxElement: v.string(),
  relationshipType: v.string(),
});

const extractedLicenceSchema = v.looseObject({
  licenseId: v.string(),
  extractedText: v.string(),
  name: v.exactOptional(v.string()),
});

/** What of a document of SPDX 2.2 or 2.3 we look at; the rest stays as it is. Source: SPDX 2.3, spdx-schema.json. */
export const spdxSchema = v.looseObject({
  spdxVersion: v.pipe(
    v.string(),
    v.regex(/^SPDX-2\.[23]$/, (issue) => `SPDX 2.2 or 2.3 is wanted, not ${issue.received}`),
  ),
  SPDXID: v.exactOptional(v.string()),
  name: v.exactOptional(v.string()),
  documentNamespace: v.exactOptional(v.string()),
  creationInfo: v.exactOptional(
    v.looseObject({
      created: v.exactOptional(v.string()),
      creators: v.exactOptional(strings),
      licenseListVersion: v.exactOptional(v.string()),
    }),
  ),
  /** Out of use since 2.3, for the relationship DESCRIBES. */
  documentDescribes: v.exactOptional(strings),
  packages: v.exactOptional(v.array(spdxPackageSchema)),
  files: v.exactOptional(v.array(spdxElementSchema)),
  snippets: v.exactOptional(v.array(spdxElementSchema)),
  relationships: v.exactOptional(v.array(relationshipSchema)),
  hasExtractedLicensingInfos: v.exactOptional(v.array(extractedLicenceSchema)),
  externalDocumentRefs: v.exactOptional(v.array(v.looseObject({ externalDocumentId: v.string() }))),
  annotations: v.exactOptional(v.array(v.looseObject({}))),
});

export type SpdxDocument = v.InferOutput<typeof spdxSchema>;
export type SpdxElement = v.InferOutput<typeof spdxElementSchema>;
export type SpdxPackage = v.InferOutput<typeof spdxPackageSchema>;
export type SpdxRelationship = v.InferOutput<typeof relationshipSchema>;
export type ExtractedLicence = v.InferOutput<typeof extractedLicenceSchema>;
