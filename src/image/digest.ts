import { createHash } from "node:crypto";
import * as v from "valibot";

/** `sha256:` and 64 hexadecimal digits. Source: OCI image spec, "Digests". */
export const digestSchema = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));

export function isDigest(text: string): boolean {
  return v.is(digestSchema, text);
}

/** The digest of some content. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
