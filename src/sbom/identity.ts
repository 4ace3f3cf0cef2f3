import { hash } from "node:crypto";
import { homepage } from "../diagnostics/documentation.ts";

/** What makes a document this one; neither clock nor chance does. */
export interface DocumentIdentity {
  /** Hex digest of what the document is about, as of an image's ordered diffIDs. */
  readonly identity: string;
  /** RFC 3339, UTC, whole seconds: `1980-01-01T00:00:01Z`. */
  readonly created: string;
}

/** SPDX's `documentNamespace`: an address that nothing need answer. Source: SPDX 2.3, 6.5. */
export function spdxNamespace(name: string, { identity }: DocumentIdentity): string {
  return `${homepage}/spdx/${encodeURIComponent(name)}-${uuidOf(`spdx ${name} ${identity}`)}`;
}

/** CycloneDX's `serialNumber`. In: what tells documents of one identity apart. */
export function cyclonedxSerialNumber(name: string, { identity }: DocumentIdentity): string {
  return `urn:uuid:${uuidOf(`cyclonedx ${name} ${identity}`)}`;
}

/** A UUID made of a text. Source: RFC 9562, 5.8 (version 8). */
function uuidOf(text: string): string {
  const digits = hash("sha256", text);
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}
