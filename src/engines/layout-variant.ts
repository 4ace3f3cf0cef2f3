import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { digestOf } from "../image/digest.ts";
import { layoutBlobs, layoutIndex, layoutMarker, layoutMarkerText } from "../image/layout-files.ts";
import { type Descriptor, wholeIndexSchema, wholeManifestSchema } from "../image/manifest.ts";
import { indexType } from "../image/media-types.ts";
import type { OciLayout } from "./build-request.ts";
import { blobFile } from "./layout.ts";

/**
 * The same images under other digests: BuildKit keeps what it has of a blob when a transfer from its client ends early,
 * and cannot go on with it, so nothing of that digest ever gets there. Layers have the same content, and so steps that
 * were run with them stay cached. In: a number, which gives the digests; where layouts are kept. The layout's layers are
 * zstd. Source: RFC 8878, "Skippable Frames".
 */
export function variantLayout(layout: OciLayout, nonce: number, kept: string): OciLayout {
  const directory = join(kept, `${layout.digest.slice("sha256:".length, 19)}-${nonce}`);
  const note = join(directory, "variant");
  if (existsSync(note)) return { directory, digest: readFileSync(note, "utf8") };
  // Containers that share a cache have processes of the same number.
  const unfinished = `${directory}.${randomUUID()}`;
  mkdirSync(join(unfinished, layoutBlobs), { recursive: true });
  const read = (digest: string) => readFileSync(blobFile(layout.directory, digest));
  const put = <Named extends Pick<Descriptor, "digest">>(descriptor: Named, bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    writeFileSync(blobFile(unfinished, digest), bytes);
    return { ...descriptor, digest, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const index: unknown = JSON.parse(read(layout.digest).toString());
  v.assert(wholeIndexSchema, index);
  const manifests = index.manifests.map((descriptor) => {
    const manifest: unknown = JSON.parse(read(descriptor.digest).toString());
    v.assert(wholeManifestSchema, manifest);
    const layers = manifest.layers.map((layer) =>
      put(layer, Buffer.concat([read(layer.digest), skippableFrame(nonce)])),
    );
    const config = put(manifest.config, Buffer.concat([read(manifest.config.digest), blanks(nonce)]));
    return put(descriptor, json({ ...manifest, config, layers }));
  });
  const bytes = json({ ...index, manifests });
  const top = put({ digest: layout.digest, size: 0, mediaType: indexType }, bytes);
  writeFileSync(join(unfinished, layoutMarker), layoutMarkerText);
  writeFileSync(join(unfinished, layoutIndex), json({ schemaVersion: 2, manifests: [top] }));
  writeFileSync(join(unfinished, "variant"), top.digest);
  rmSync(directory, { recursive: true, force: true });
  renameSync(unfinished, directory);
  return { directory, digest: top.digest };
}

/** Four bytes that say what it is, four for its length, and the number; decoders pass over it. */
function skippableFrame(nonce: number): Uint8Array {
  const frame = Buffer.alloc(12);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(4, 4);
  frame.writeUInt32LE(nonce, 8);
  return frame;
}

/** Blanks behind JSON change its digest and not what it says. */
function blanks(nonce: number): Uint8Array {
  return Buffer.from(" ".repeat(nonce));
}
