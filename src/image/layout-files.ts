import * as v from "valibot";
import { descriptorSchema } from "./manifest.ts";

/** Files of an OCI layout, from its directory. Source: OCI image spec, "Image Layout". */
export const layoutMarker = "oci-layout";
export const layoutIndex = "index.json";
/** Where blobs lie, by their digits. */
export const layoutBlobs = "blobs/sha256";

/** What the marker says. */
export const layoutSchema = v.object({ imageLayoutVersion: v.string() });
export const layoutMarkerText = '{"imageLayoutVersion":"1.0.0"}';

/** Where a layout has the blob of that digest, from its directory. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** An index of which only the first entry counts. */
export const firstEntrySchema = v.object({ manifests: v.tupleWithRest([descriptorSchema], v.unknown()) });
