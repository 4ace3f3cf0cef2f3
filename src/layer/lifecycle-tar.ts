import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { epochSeconds } from "../contract/epoch.ts";
import type { Owner } from "../contract/owner.ts";
import { type ByteString, bytesOf } from "./byte-string.ts";
import { tarHeader } from "./tar-header.ts";
import { streamTar, type TarItem } from "./tar-stream.ts";
import { below, type EntryKind, kindOf, modeOf, parentsOf, type TreeEntry, walkTree } from "./walk.ts";

interface DirectoryLayer {
  /** Stands for `/`: where the build's files are mounted. */
  readonly root: ByteString;
  /** Absolute path of the directory in the image. */
  readonly path: ByteString;
  readonly owner: Owner;
  /** Hears of what cannot be restored from a tar, and so is left out. Sockets are left out in silence. */
  readonly onLeftOut: (name: ByteString, kind: EntryKind) => void;
}

/**
 * The entries of a directory layer in the lifecycle's own format: the parents as they are on disk, then the tree with
 * its owner forced. Source: CNB platform spec, "exporter".
 */
export function* directoryLayer(layer: DirectoryLayer): Generator<TarItem, void, undefined> {
  for (const parent of parentsOf(layer.root, layer.path)) yield tarItem(parent, parent.stats);
  for (const entry of walkTree(below(layer.root, layer.path), layer.path)) {
    const kind = kindOf(entry.stats);
    if (kind === "directory" || kind === "file" || kind === "symlink") yield tarItem(entry, layer.owner);
    else if (kind !== "socket") layer.onLeftOut(entry.name, kind);
  }
}

/** One file, directory or symlink. A hard link is written as the full file it is, as the lifecycle does. */
export function tarItem(entry: TreeEntry, owner: Owner): TarItem {
  const kind = kindOf(entry.stats);
  if (kind !== "file" && kind !== "directory" && kind !== "symlink")
    throw new Error(`${entry.name} is a ${kind}`);
  const sizeBytes = kind === "file" ? entry.stats.size : 0;
  const header = tarHeader({
    name: entry.name,
    kind,
    mode: kind === "symlink" ? 0o777 : modeOf(entry.stats),
    uid: owner.uid,
    gid: owner.gid,
    size: sizeBytes,
    mtimeSeconds: epochSeconds,
    link: kind === "symlink" ? readlinkSync(bytesOf(entry.path), { encoding: "latin1" }) : "",
  });
  return kind === "file" ? { header, content: { path: entry.path, sizeBytes } } : { header };
}

/** `sha256:…` of the stream, which is the diffID of the layer. */
export function tarDigest(items: Iterable<TarItem>): string {
  return measureTar(items, () => undefined).sha;
}

/** Digest and size of the stream, whose chunks `take` gets on the way; each is valid during the call only. */
export function measureTar(
  items: Iterable<TarItem>,
  take: (chunk: Buffer) => void,
): { readonly sha: string; readonly sizeBytes: number } {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  streamTar(items, (chunk) => {
    hash.update(chunk);
    sizeBytes += chunk.length;
    take(chunk);
    return true;
  });
  return { sha: `sha256:${hash.digest("hex")}`, sizeBytes };
}
