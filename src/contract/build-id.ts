import { digestOf } from "../image/digest.ts";
import type { GeneratedDockerfile } from "./generated-dockerfile.ts";

/**
 * The argument `build_id` of an extension's Dockerfile: a UUID that follows from extension, text, arguments, context and all that lies
 * below. The lifecycle makes up a new one in each build, so that nothing comes from a cache. In: what tells the image below from others;
 * what a user gave to have it run again. Source: CNB image extension spec, "ARG build_id"; RFC 9562, version 8.
 */
export function buildIdOf(dockerfile: GeneratedDockerfile, below: string, nonce: string | undefined): string {
  const { id, version, kind, text, arguments: given, context } = dockerfile;
  const known = [id, version, kind, text, given, context?.digest ?? "", below, nonce ?? ""];
  const bytes = Buffer.from(digestOf(Buffer.from(JSON.stringify(known))).slice("sha256:".length), "hex");
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex").slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
