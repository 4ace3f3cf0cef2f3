import { hash } from "node:crypto";
import { cyclonedxSerialNumber, type DocumentIdentity, spdxNamespace } from "./identity.ts";
import type { CyclonedxSbom, Sbom, SpdxSbom } from "./sbom.ts";

/** Formats that say when and by which run they were made. */
type DatedSbom = SpdxSbom | CyclonedxSbom;

/**
 * The document with an identity of our choice in place of Syft's, which takes it from the clock and from chance:
 * SPDX `documentNamespace` and `creationInfo.created`, CycloneDX `serialNumber` and `metadata.timestamp`.
 * Everything else stays as it is.
 */
export function repeatable<S extends DatedSbom>(sbom: S, identity: DocumentIdentity): S;
export function repeatable(sbom: DatedSbom, identity: DocumentIdentity): DatedSbom {
  switch (sbom.kind) {
    case "spdx": {
      const { document } = sbom;
      return {
        kind: "spdx",
        document: {
          ...document,
          documentNamespace: spdxNamespace(document.name ?? "", identity),
          creationInfo: { creators: [], ...document.creationInfo, created: identity.created },
        },
      };
    }
    case "cyclonedx": {
      const { document } = sbom;
      return {
        kind: "cyclonedx",
        document: {
          ...document,
          serialNumber: cyclonedxSerialNumber(document.metadata?.component?.name ?? "", identity),
          metadata: { ...document.metadata, timestamp: identity.created },
        },
      };
    }
  }
}

/** Hex digest of a document without what `repeatable` changes: an identity where no better one is known. */
export function contentIdentity(sbom: Sbom): string {
  const lasting = sbom.kind === "syft" ? sbom : repeatable(sbom, { identity: "", created: "" });
  return hash("sha256", JSON.stringify(lasting.document));
}
